package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.kernels.UnaryOp;

/**
 * An element-wise non-linearity y = f(x), any {@link UnaryOp}.
 *
 * <p><b>Shapes</b> any; y is like x. No parameters.
 */
public final class Activation extends Layer {
  private final UnaryOp op;
  private final double alpha;
  private final double beta;

  /** Creates the layer; alpha and beta are ignored by functions without them. */
  public Activation(UnaryOp op, double alpha, double beta) {
    this.op = op;
    this.alpha = alpha;
    this.beta = beta;
  }

  /** Returns max(x, 0) (Nair and Hinton, 2010). */
  public static Activation relu() {
    return new Activation(UnaryOp.RELU, 0, 0);
  }

  /** Returns x above 0 and slope·x below (Maas, Hannun and Ng, 2013). */
  public static Activation leakyRelu(double slope) {
    return new Activation(UnaryOp.LEAKY_RELU, slope, 0);
  }

  /** Returns tanh x. */
  public static Activation tanh() {
    return new Activation(UnaryOp.TANH, 0, 0);
  }

  /** Returns 1/(1 + e⁻ˣ). */
  public static Activation sigmoid() {
    return new Activation(UnaryOp.SIGMOID, 0, 0);
  }

  /** Returns x·Φ(x) with the normal distribution Φ (Hendrycks and Gimpel, 2016). */
  public static Activation gelu() {
    return new Activation(UnaryOp.GELU, 0, 0);
  }

  /** Returns the approximation of {@link #gelu} by tanh (Hendrycks and Gimpel, 2016). */
  public static Activation geluTanh() {
    return new Activation(UnaryOp.GELU_TANH, 0, 0);
  }

  /** Returns x·sigmoid(x) (Ramachandran et al., 2017). */
  public static Activation silu() {
    return new Activation(UnaryOp.SILU, 0, 0);
  }

  /** Returns x above 0, alpha·(eˣ − 1) below (Clevert et al., 2016). */
  public static Activation elu(double alpha) {
    return new Activation(UnaryOp.ELU, alpha, 0);
  }

  /** Returns the self-normalising ELU (Klambauer et al., 2017). */
  public static Activation selu() {
    return new Activation(UnaryOp.SELU, 0, 0);
  }

  /** Returns x above 0, alpha·(e^(x/alpha) − 1) below (Barron, 2017). */
  public static Activation celu(double alpha) {
    return new Activation(UnaryOp.CELU, alpha, 0);
  }

  /** Returns x limited to [0, 6] (Krizhevsky, 2010). */
  public static Activation relu6() {
    return new Activation(UnaryOp.RELU6, 0, 0);
  }

  /** Returns x·tanh(ln(1 + eˣ)) (Misra, 2019). */
  public static Activation mish() {
    return new Activation(UnaryOp.MISH, 0, 0);
  }

  /** Returns ln(1 + eˣ) (Dugas et al., 2001). */
  public static Activation softplus() {
    return new Activation(UnaryOp.SOFTPLUS, 0, 0);
  }

  /** Returns x/(1 + |x|) (Turian et al., 2009). */
  public static Activation softsign() {
    return new Activation(UnaryOp.SOFTSIGN, 0, 0);
  }

  /** Returns ln sigmoid(x). */
  public static Activation logSigmoid() {
    return new Activation(UnaryOp.LOGSIGMOID, 0, 0);
  }

  /** Returns x limited to [low, high] (Collobert, 2004). */
  public static Activation hardTanh(double low, double high) {
    return new Activation(UnaryOp.HARDTANH, low, high);
  }

  /** Returns min(max(x + 3, 0), 6)/6 (Howard et al., 2019). */
  public static Activation hardSigmoid() {
    return new Activation(UnaryOp.HARDSIGMOID, 0, 0);
  }

  /** Returns x·hardsigmoid(x) (Howard et al., 2019). */
  public static Activation hardSwish() {
    return new Activation(UnaryOp.HARDSWISH, 0, 0);
  }

  @Override
  public Variable forward(Variable x) {
    return Elementwise.unary(op, x, alpha, beta);
  }

  @Override
  public String toString() {
    return switch (op.parameters()) {
      case 0 -> "Activation(" + op.label() + ")";
      case 1 -> "Activation(" + op.label() + ", " + alpha + ")";
      default -> "Activation(" + op.label() + ", " + alpha + ", " + beta + ")";
    };
  }
}
