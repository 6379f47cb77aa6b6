package org.adjoint.kernels.reference;

import org.adjoint.kernels.Philox;
import org.adjoint.kernels.RandomKernels;
import org.adjoint.kernels.Recipes;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;

/** Random draws from the words of {@link Philox}: element i uses the word offset + i. */
final class ReferenceRandom implements RandomKernels {
  @Override
  public void uniform(long seed, long offset, double low, double high, Tensor out) {
    boolean single = out.dtype() == DType.F32;
    Elements to = Elements.of(out);
    for (int i = 0; i < to.size(); i++) {
      float u = Philox.uniform(Philox.word(seed, offset + i));
      to.set(i, single ? Philox.between(u, low, high) : Philox.betweenDouble(u, low, high));
    }
  }

  @Override
  public void normal(long seed, long offset, double mean, double deviation, Tensor out) {
    boolean single = out.dtype() == DType.F32;
    Elements to = Elements.of(out);
    for (int i = 0; i < to.size(); i++) {
      long pair = (offset + i) & ~1L;
      boolean second = pair != offset + i;
      float z = Recipes.normal(Philox.word(seed, pair), Philox.word(seed, pair + 1), second);
      to.set(
          i, single ? Math.fma(z, (float) deviation, (float) mean) : Math.fma(z, deviation, mean));
    }
  }

  @Override
  public void bernoulli(long seed, long offset, double probability, Tensor out) {
    Elements to = Elements.of(out);
    for (int i = 0; i < to.size(); i++) {
      to.set(i, Philox.uniform(Philox.word(seed, offset + i)) < probability ? 1 : 0);
    }
  }

  @Override
  public void permutation(long seed, long offset, Tensor out) {
    int n = out.size();
    Elements to = Elements.of(out);
    for (int i = 0; i < n; i++) {
      to.set(i, i);
    }
    for (int i = n - 1; i > 0; i--) {
      int other = Philox.below(Philox.word(seed, offset + i), i + 1);
      int swapped = to.index(i);
      to.set(i, to.index(other));
      to.set(other, swapped);
    }
  }
}
