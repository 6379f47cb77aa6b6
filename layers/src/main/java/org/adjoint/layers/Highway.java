package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.layers.init.Initializers;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;

/**
 * A highway layer (Srivastava, Greff and Schmidhuber, 2015): y = t · h(x) + (1 − t) · x, where the
 * gate t = sigmoid(W·x + b) decides, feature by feature, how much of x is carried on. The bias
 * starts below 0, so that at first the layer carries.
 *
 * <p><b>Shapes</b> x, h(x) and y […, width]; parts {@code gate} (weight [width, width], bias
 * [width]) and {@code body}, which is h.
 */
public final class Highway extends Layer {
  private final Linear gate;
  private final Layer body;

  /** Creates the layer with a gate bias of −2, as in the paper. */
  public Highway(Setup setup, int width, Layer body) {
    this(setup, width, body, -2);
  }

  /**
   * Creates the layer.
   *
   * @param setup how to make the gate
   * @param width features of x
   * @param body h, whose results have the shape of x
   * @param gateBias where the bias of the gate starts
   * @throws ArgumentException if the width is less than 1
   */
  public Highway(Setup setup, int width, Layer body, double gateBias) {
    Setup biased =
        new Setup(
            setup.device(),
            setup.dtype(),
            setup.random(),
            setup.weights(),
            Initializers.constant(gateBias));
    gate = child("gate", new Linear(biased, width, width));
    this.body = child("body", body);
  }

  /**
   * {@inheritDoc}
   *
   * @throws ShapeException also if h(x) is not like x
   */
  @Override
  public Variable forward(Variable x) {
    Variable h = body.forward(x);
    if (!h.shape().equals(x.shape())) {
      throw new ShapeException("highway", "h(x)", h.shape(), "it must be like x, " + x.shape());
    }
    return x.add(gate.forward(x).sigmoid().mul(h.sub(x)));
  }
}
