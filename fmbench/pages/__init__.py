"""Pages: the kit that reports, ablations and the gate are written with."""

from fmbench.pages.board import Board as Board
from fmbench.pages.folder import Chapter as Chapter
from fmbench.pages.folder import Report as Report
from fmbench.pages.folder import files as files
from fmbench.pages.folder import pictures as pictures
from fmbench.pages.page import Cell as Cell
from fmbench.pages.page import Grid as Grid
from fmbench.pages.page import Section as Section
from fmbench.pages.plain import json_object as json_object
from fmbench.pages.show import FORMATS as FORMATS
from fmbench.pages.show import show_boards as show_boards
from fmbench.pages.show import show_sections as show_sections
from fmbench.pages.show import table as table
