"""Gibbs sampling: a factorization machine's weights drawn from their posterior, without gradients.

The score of a row is that of an FM, and its label is positive where the score plus noise of N(0, 1)
is (a probit link). Weights have Gaussian priors, of a mean and a precision for each field and
factor that are drawn too, so that nothing is left to tune (Rendle, 2012; Freudenthaler et al.,
2011; Salakhutdinov and Mnih, 2008).
"""

from fmbench.engine.gibbs.fit import compile_kernels as compile_kernels
from fmbench.engine.gibbs.fit import fit as fit
