package org.adjoint.bench.levels;

import java.util.List;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Expr;
import org.jspecify.annotations.Nullable;

/** One operation at one size, with its operands: the levels that compute it, and what it costs. */
public interface Contest {
  /** What limits an operation from above. */
  enum Ceiling {
    /** The multiply-adds that the machine does on registers. */
    FMA,
    /** How fast as much memory is copied. */
    COPY
  }

  /** Returns how many floating-point operations a call makes, two for a multiply-add. */
  double flops();

  /** Returns how many bytes a call must at least read and write. */
  double bytes();

  /** Returns how many bytes its operands and results hold together. */
  default double footprint() {
    return bytes();
  }

  /** Returns what limits it. */
  Ceiling ceiling();

  /** Returns the levels that are written here. */
  List<Level> byHand();

  /**
   * Returns the level of a backend's kernel, on operands of the same values.
   *
   * @param backend whose kernel
   * @param name what the level is called
   * @param note what it is made of
   */
  Level on(Backend backend, String name, String note);

  /** Returns the expression from which a backend generates a loop, or null if none is. */
  default @Nullable Expr formula() {
    return null;
  }

  /** Computes the operation in float64. */
  Judge judge(Backend reference);
}
