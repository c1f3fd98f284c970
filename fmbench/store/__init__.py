"""The store: a folder of records, one file each, of which none is ever lost, torn or doubled."""

from fmbench.store._examine import Finding as Finding
from fmbench.store._examine import examine as examine
from fmbench.store._examine import repair as repair
from fmbench.store._file import decode as decode
from fmbench.store._file import encode as encode
from fmbench.store._store import Damage as Damage
from fmbench.store._store import Key as Key
from fmbench.store._store import Missing as Missing
from fmbench.store._store import Store as Store
from fmbench.store._store import Stored as Stored
from fmbench.store._store import best as best
