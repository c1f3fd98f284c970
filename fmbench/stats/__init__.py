"""Statistics: what a handful of seeds can say, and how surely."""

from fmbench.stats.bootstrap import Drawn as Drawn
from fmbench.stats.bootstrap import two_way_bootstrap as two_way_bootstrap
from fmbench.stats.delong import Estimate as Estimate
from fmbench.stats.delong import auc_difference as auc_difference
from fmbench.stats.delong import auc_error as auc_error
from fmbench.stats.groups import groups as groups
from fmbench.stats.influence import FEWEST as FEWEST
from fmbench.stats.influence import Influence as Influence
from fmbench.stats.influence import influence as influence
from fmbench.stats.interval import Interval as Interval
from fmbench.stats.interval import t_interval as t_interval
from fmbench.stats.multiplicity import benjamini_hochberg as benjamini_hochberg
from fmbench.stats.multiplicity import holm as holm
from fmbench.stats.paired import Paired as Paired
from fmbench.stats.paired import moderate as moderate
from fmbench.stats.paired import pair as pair
from fmbench.stats.paired import seeds_needed as seeds_needed
from fmbench.stats.paired import seeds_to_settle as seeds_to_settle
from fmbench.stats.sampled import Sampled as Sampled
from fmbench.stats.sampled import sampled as sampled
from fmbench.stats.spread import contrast as contrast
from fmbench.stats.spread import spreads as spreads
from fmbench.stats.trimmed import trimmed as trimmed
