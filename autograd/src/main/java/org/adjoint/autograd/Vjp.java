package org.adjoint.autograd;

import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What an op is told when it is asked for gradients. */
public final class Vjp {
  private final Variable output;
  private final Variable[] inputs;
  private final Variable dy;
  private final boolean[] needs;
  private final boolean createGraph;

  Vjp(Variable output, Variable[] inputs, Variable dy, boolean[] needs, boolean createGraph) {
    this.output = output;
    this.inputs = inputs;
    this.dy = dy;
    this.needs = needs;
    this.createGraph = createGraph;
  }

  /** Returns the gradient of the loss with respect to the op's result, in the result's shape. */
  public Variable dy() {
    return dy;
  }

  /** Returns an operand of the forward pass. */
  public Variable input(int i) {
    return inputs[i];
  }

  /** Returns all operands of the forward pass. */
  public Variable[] inputs() {
    return inputs.clone();
  }

  /** Returns the result of the forward pass. */
  public Variable output() {
    return output;
  }

  /** Returns whether the gradient of operand {@code i} is wanted. */
  public boolean needs(int i) {
    return needs[i];
  }

  /** Returns whether the gradient itself is recorded, to be differentiated again. */
  public boolean createGraph() {
    return createGraph;
  }

  /** Returns the kernels of the device, for a fused gradient. */
  public Kernels kernels() {
    return Backends.kernels(dy.value().device());
  }

  /** Returns an uninitialised tensor like {@code t}, for a fused gradient to fill. */
  public static Tensor like(Tensor t) {
    return Tensor.result(t.device(), t.dtype(), t.shape());
  }

  /** Packs gradients, null for those not wanted, in the order of the operands. */
  public static @Nullable Variable[] gradients(@Nullable Variable... gradients) {
    return gradients;
  }
}
