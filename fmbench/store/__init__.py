"""The store: a folder of records, one file each, of which none is ever lost, torn or doubled."""

from fmbench.store.examine import Finding as Finding
from fmbench.store.examine import examine as examine
from fmbench.store.examine import repair as repair
from fmbench.store.file import decode as decode
from fmbench.store.file import encode as encode
from fmbench.store.predictions import Missing as Missing
from fmbench.store.store import Damage as Damage
from fmbench.store.store import Key as Key
from fmbench.store.store import Store as Store
from fmbench.store.store import Stored as Stored
from fmbench.store.store import best as best
