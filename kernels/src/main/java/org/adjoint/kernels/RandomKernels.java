package org.adjoint.kernels;

import org.adjoint.tensor.Tensor;

/**
 * Counter-based random numbers by Philox-4x32-10 (Salmon et al., 2011). Element i is a function of
 * seed and offset + i alone, so the draws do not depend on device, threads or the order of calls.
 */
public interface RandomKernels {
  /** Uniform numbers in [low, high): low + (high − low) · u with u a multiple of 2⁻²⁴ in [0, 1). */
  void uniform(long seed, long offset, double low, double high, Tensor out);

  /** Normal numbers by the Box–Muller recipe of {@link Recipes}. */
  void normal(long seed, long offset, double mean, double deviation, Tensor out);

  /** 1 with the given probability, else 0: u &lt; probability. */
  void bernoulli(long seed, long offset, double probability, Tensor out);

  /** A random order of 0 … n − 1 in the int32 vector {@code out}, by Fisher and Yates. */
  void permutation(long seed, long offset, Tensor out);
}
