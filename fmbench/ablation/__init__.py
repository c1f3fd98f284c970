"""Ablation: which part earns its keep. A plan to cells, records to verdicts; trains nothing."""

from fmbench.ablation.analysis import Analysis as Analysis
from fmbench.ablation.analysis import analyse as analyse
from fmbench.ablation.answers import ask as ask
from fmbench.ablation.answers import keep_answers as keep_answers
from fmbench.ablation.answers import kept_answers as kept_answers
from fmbench.ablation.answers import known as known
from fmbench.ablation.effects import Scored as Scored
from fmbench.ablation.plan import Plan as Plan
from fmbench.ablation.plan import read_plan as read_plan
from fmbench.ablation.show import report_of as report_of
from fmbench.ablation.show import show as show
from fmbench.ablation.study import Study as Study
from fmbench.ablation.study import design as design
from fmbench.ablation.study import keep as keep
from fmbench.ablation.study import kept as kept
