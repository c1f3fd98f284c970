"""Reports: records in; tables and pages out. Reads no data and imports no torch."""

from fmbench.report.answers import Answers as Answers
from fmbench.report.answers import ask as ask
from fmbench.report.answers import keep as keep
from fmbench.report.answers import kept as kept
from fmbench.report.averages import FEWEST as FEWEST
from fmbench.report.averages import Averages as Averages
from fmbench.report.averages import Validation as Validation
from fmbench.report.averages import build_averages as build_averages
from fmbench.report.diff import hold_files as hold_files
from fmbench.report.pairs import Scored as Scored
from fmbench.report.pairs import build_pairs as build_pairs
from fmbench.report.show import report_of as report_of
from fmbench.report.show import show as show
from fmbench.report.show import show_pairs as show_pairs
from fmbench.report.show import show_pareto as show_pareto
from fmbench.report.show import show_searches as show_searches
from fmbench.report.show import show_slices as show_slices
from fmbench.report.slices import Traits as Traits
from fmbench.report.tables import Table as Table
from fmbench.report.tables import split_tables as split_tables
from fmbench.report.verify import VERIFICATION as VERIFICATION
from fmbench.report.verify import Rows as Rows
from fmbench.report.verify import Verification as Verification
from fmbench.report.verify import verify as verify
