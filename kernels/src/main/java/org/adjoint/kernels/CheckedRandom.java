package org.adjoint.kernels;

import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;

/** Checks the arguments of random draws; see {@link CheckedKernels}. */
final class CheckedRandom implements RandomKernels {
  private final Arguments check;
  private final RandomKernels raw;

  CheckedRandom(Arguments check, RandomKernels raw) {
    this.check = check;
    this.raw = raw;
  }

  @Override
  public void uniform(long seed, long offset, double low, double high, Tensor out) {
    String op = "uniform";
    result(op, out);
    boolean single = out.dtype() == DType.F32;
    double least = single ? (float) low : low;
    double most = single ? (float) high : high;
    double width = single ? (float) (high - low) : high - low;
    if (!(least < most) || !Double.isFinite(least) || !Double.isFinite(width)) {
      throw new ArgumentException(
          op,
          "the range",
          low + " to " + high,
          "the first number must be below the second in "
              + out.dtype()
              + ", and their distance finite");
    }
    if (out.size() > 0) {
      raw.uniform(seed, offset, low, high, out);
    }
  }

  @Override
  public void normal(long seed, long offset, double mean, double deviation, Tensor out) {
    result("normal", out);
    check.finite("normal", "mean", mean);
    check.within("normal", "deviation", deviation, 0, Double.MAX_VALUE);
    if (out.size() > 0) {
      raw.normal(seed, offset, mean, deviation, out);
    }
  }

  @Override
  public void bernoulli(long seed, long offset, double probability, Tensor out) {
    result("bernoulli", out);
    check.within("bernoulli", "probability", probability, 0, 1);
    if (out.size() > 0) {
      raw.bernoulli(seed, offset, probability, out);
    }
  }

  @Override
  public void permutation(long seed, long offset, Tensor out) {
    String op = "permutation";
    check.typed(op, "out", out, DType.I32);
    check.rank(op, "out", out, 1, "[n]");
    check.dense(op, "out", out);
    if (out.size() > 0) {
      raw.permutation(seed, offset, out);
    }
  }

  private void result(String op, Tensor out) {
    check.floating(op, "out", out);
    check.dense(op, "out", out);
  }
}
