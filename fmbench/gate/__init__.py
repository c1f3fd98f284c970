"""The gate: records of a base and new ones in, verdicts and an exit code out; no torch."""

from fmbench.gate.ab import Session as Session
from fmbench.gate.check import Side as Side
from fmbench.gate.check import check as check
from fmbench.gate.gates import GATES as GATES
from fmbench.gate.gates import adjusted as adjusted
from fmbench.gate.judge import compare as compare
from fmbench.gate.log import DEFAULT as DEFAULT
from fmbench.gate.log import Acceptance as Acceptance
from fmbench.gate.log import Log as Log
from fmbench.gate.log import Promotion as Promotion
from fmbench.gate.log import names as names
from fmbench.gate.reference import MIN_SEEDS as MIN_SEEDS
from fmbench.gate.reference import find as find
from fmbench.gate.reference import find_reference as find_reference
from fmbench.gate.reference import promote as promote
from fmbench.gate.reference import put_up_with as put_up_with
from fmbench.gate.show import FORMATS as FORMATS
from fmbench.gate.show import headline as headline
from fmbench.gate.show import show as show
from fmbench.gate.verdict import Cell as Cell
from fmbench.gate.verdict import Check as Check
from fmbench.gate.versions import Arm as Arm
from fmbench.gate.versions import Work as Work
from fmbench.gate.versions import arms as arms
