package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.tensor.ShapeException;
import org.jspecify.annotations.Nullable;

/**
 * A residual connection (He et al., 2016): y = body(x) + shortcut(x), where the shortcut is the
 * identity unless the shape changes.
 *
 * <p><b>Shapes</b> those of the body; parts {@code body} and, if there is one, {@code shortcut}.
 */
public final class Residual extends Layer {
  private final Layer body;
  private final @Nullable Layer shortcut;

  /** Creates the connection with the identity beside the body. */
  public Residual(Layer body) {
    this(body, null);
  }

  /**
   * Creates the connection.
   *
   * @param body what the layer learns beside the shortcut
   * @param shortcut what brings x to the shape of the body's result; null for x itself
   */
  public Residual(Layer body, @Nullable Layer shortcut) {
    this.body = child("body", body);
    this.shortcut = shortcut == null ? null : child("shortcut", shortcut);
  }

  /**
   * {@inheritDoc}
   *
   * @throws ShapeException also if the shapes of both ways differ
   */
  @Override
  public Variable forward(Variable x) {
    Variable y = body.forward(x);
    Variable past = shortcut == null ? x : shortcut.forward(x);
    if (!y.shape().equals(past.shape())) {
      throw new ShapeException(
          "residual",
          "body(x)",
          y.shape(),
          "beside it the shortcut gives " + past.shape() + "; give a shortcut that fits");
    }
    return y.add(past);
  }
}
