package org.adjoint.layers.init;

import org.adjoint.kernels.Backends;

/**
 * The usual initialisers. A fan is read off the weight's shape, as in PyTorch: the extent of its
 * second axis for inputs, of its first for outputs, times the taps of a filter.
 */
public final class Initializers {
  private Initializers() {}

  /** Returns U(−a, a) with a = √(6 / (fanIn + fanOut)) (Glorot and Bengio, 2010). */
  public static Initializer xavierUniform() {
    return (out, in, fanOut, random) -> {
      double a = Math.sqrt(6.0 / ((double) in + fanOut));
      return random.uniform(out, -a, a);
    };
  }

  /** Returns N(0, 2 / (fanIn + fanOut)) (Glorot and Bengio, 2010). */
  public static Initializer xavierNormal() {
    return (out, in, fanOut, random) ->
        random.normal(out, 0, Math.sqrt(2.0 / ((double) in + fanOut)));
  }

  /** Returns U(−a, a) with a = √(6 / fanIn), for layers before a ReLU (He et al., 2015). */
  public static Initializer kaimingUniform() {
    return (out, in, fanOut, random) -> {
      double a = Math.sqrt(6.0 / in);
      return random.uniform(out, -a, a);
    };
  }

  /** Returns N(0, 2 / fanIn), for layers before a ReLU (He et al., 2015). */
  public static Initializer kaimingNormal() {
    return (out, in, fanOut, random) -> random.normal(out, 0, Math.sqrt(2.0 / in));
  }

  /**
   * Returns U(−a, a) with a = 1 / √fanIn, what PyTorch gives weights and biases of linear layers
   * and convolutions unless told otherwise (its Kaiming uniform with slope √5).
   */
  public static Initializer fanIn() {
    return (out, in, fanOut, random) -> {
      double a = 1 / Math.sqrt(in);
      return random.uniform(out, -a, a);
    };
  }

  /** Returns a constant for every element. */
  public static Initializer constant(double value) {
    return (out, in, fanOut, random) -> {
      Backends.kernels(out.device()).elementwise().fill(value, out);
      return out;
    };
  }
}
