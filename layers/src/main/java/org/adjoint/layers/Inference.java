package org.adjoint.layers;

import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;

/**
 * A trained layer as an immutable function y = f(x): evaluation mode, nothing recorded. Any number
 * of threads may call it at once and get the same bits as one.
 *
 * <p>It takes the layer over: its parameters can no longer be trained, nor its mode be changed. To
 * train on, save a checkpoint first and load it into a new network.
 */
public final class Inference {
  private final Layer layer;

  private Inference(Layer layer) {
    this.layer = layer;
  }

  /** Freezes a layer for good and returns it as a function. */
  public static Inference of(Layer layer) {
    layer.seal();
    return new Inference(layer);
  }

  /** Returns the layer, to look at. */
  public Layer layer() {
    return layer;
  }

  /**
   * Computes y = f(x). The enclosing scope owns the result, if there is one.
   *
   * @throws org.adjoint.tensor.ShapeException if x does not fit
   */
  public Tensor apply(Tensor x) {
    try (Graph.NoGrad _ = Graph.noGrad();
        Scope call = Scope.open()) {
      return call.keep(layer.forward(Variable.of(x)).value());
    }
  }

  /**
   * Computes y = f(x) into a tensor of the caller's, which must have the shape of the result.
   *
   * @return {@code out}
   * @throws org.adjoint.tensor.ShapeException if x or out does not fit
   */
  public Tensor apply(Tensor x, Tensor out) {
    try (Graph.NoGrad _ = Graph.noGrad();
        Scope _ = Scope.open()) {
      Tensor y = layer.forward(Variable.of(x)).value();
      Backends.kernels(y.device()).elementwise().copy(y, out);
      return out;
    }
  }
}
