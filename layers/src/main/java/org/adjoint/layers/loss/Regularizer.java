package org.adjoint.layers.loss;

import java.util.Collection;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.layers.Network;
import org.adjoint.layers.Parameter;
import org.adjoint.tensor.ArgumentException;
import org.jspecify.annotations.Nullable;

/**
 * A term that is added to a loss to keep parameters, or a layer's results (its activity), small:
 * λ₁·Σ|x| + λ₂·Σx². The first makes many of them zero (Tibshirani, 1996), the second makes all of
 * them smaller.
 *
 * <pre>{@code
 * Regularizer sparse = Regularizer.l1(1e-4);
 * Variable loss = criterion.of(decoder.forward(code), x).add(sparse.of(code));
 * }</pre>
 */
public final class Regularizer {
  private final double absolute;
  private final double square;

  private Regularizer(double absolute, double square) {
    if (!(absolute >= 0 && square >= 0)) {
      throw new ArgumentException(
          "regularizer", "factors", absolute + ", " + square, "they must be 0 or more");
    }
    this.absolute = absolute;
    this.square = square;
  }

  /** Returns λ·Σ|x|. */
  public static Regularizer l1(double lambda) {
    return new Regularizer(lambda, 0);
  }

  /** Returns λ·Σx². */
  public static Regularizer l2(double lambda) {
    return new Regularizer(0, lambda);
  }

  /** Returns λ₁·Σ|x| + λ₂·Σx², the elastic net (Zou and Hastie, 2005). */
  public static Regularizer l1l2(double lambda1, double lambda2) {
    return new Regularizer(lambda1, lambda2);
  }

  /** Returns the term of a result. */
  public Variable of(Variable x) {
    if (square == 0) {
      return Elementwise.unary(UnaryOp.ABS, x).sum().mul(absolute);
    }
    Variable squares = x.square().sum().mul(square);
    return absolute == 0
        ? squares
        : squares.add(Elementwise.unary(UnaryOp.ABS, x).sum().mul(absolute));
  }

  /**
   * Returns the sum of the terms of a network's trainable parameters; those with fewer than two
   * axes, biases and the scales of norms, are left out.
   *
   * @throws ArgumentException if there are none
   */
  public Variable of(Network network) {
    Collection<Parameter> all = network.parameters().values();
    @Nullable Variable sum = null;
    for (Parameter p : all.stream().distinct().toList()) {
      if (p.isTrainable() && p.value().rank() > 1) {
        Variable term = of(p.variable());
        sum = sum == null ? term : sum.add(term);
      }
    }
    if (sum == null) {
      throw new ArgumentException(
          "regularizer", "network", network, "it has no trainable weights of two axes or more");
    }
    return sum;
  }
}
