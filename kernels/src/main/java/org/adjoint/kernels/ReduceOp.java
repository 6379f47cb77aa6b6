package org.adjoint.kernels;

/** The reductions along axes. */
public enum ReduceOp {
  /** Σ x; 0 when empty. */
  SUM("sum", "y = sum(x)", "dx = dy"),
  /** Σ x / n; NaN when empty, as NumPy. */
  MEAN("mean", "y = sum(x) / n", "dx = dy / n"),
  /** The largest element, NaN if any is NaN; the gradient is split evenly over ties. */
  MAX("max", "y = max(x)", "dx = dy * (x == y) / count(x == y)"),
  /** The smallest element, NaN if any is NaN; the gradient is split evenly over ties. */
  MIN("min", "y = min(x)", "dx = dy * (x == y) / count(x == y)"),
  /** Π x; 1 when empty. */
  PROD("prod", "y = prod(x)", "dx = dy * prod(other x)");

  private final String label;
  private final String formula;
  private final String gradient;

  ReduceOp(String label, String formula, String gradient) {
    this.label = label;
    this.formula = formula;
    this.gradient = gradient;
  }

  /** The name as users type it. */
  public String label() {
    return label;
  }

  /** The value as a formula. */
  public String formula() {
    return formula;
  }

  /** The gradient as a formula. */
  public String gradient() {
    return gradient;
  }

  /** Whether an empty range has a value; max and min of nothing do not exist. */
  public boolean allowsEmpty() {
    return this != MAX && this != MIN;
  }
}
