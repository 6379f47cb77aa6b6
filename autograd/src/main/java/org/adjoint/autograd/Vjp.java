package org.adjoint.autograd;

import java.util.Objects;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What an op is told when it is asked for gradients, and what {@link Backprop} knows about one
 * variable of its walk.
 */
public final class Vjp {
  private final Backprop walk;
  private final Variable output;

  /** How many operands were visited. */
  int visited;

  /** Whether it lies on a way to a target. */
  boolean needed;

  boolean isTarget;

  /** The next node of the path that the walk is on, later of the order that it goes back in. */
  @Nullable Vjp next;

  /** The sum of what has arrived. */
  @Nullable Variable gradient;

  /** What has arrived instead, if it is rows and nothing else. */
  @Nullable RowGradient rows;

  /** Whether nobody else holds the tensor of the sum, so that more may be added in place. */
  boolean owned;

  Vjp(Backprop walk, Variable output) {
    this.walk = walk;
    this.output = output;
  }

  /** Returns the gradient of the loss with respect to the op's result, in the result's shape. */
  public Variable dy() {
    return Objects.requireNonNull(gradient);
  }

  /** Returns how many operands the forward pass had. */
  public int count() {
    return output.operands().length;
  }

  /** Returns an operand of the forward pass. */
  public Variable input(int i) {
    return output.operands()[i];
  }

  /** Returns all operands of the forward pass. */
  public Variable[] inputs() {
    return output.parents();
  }

  /** Returns the result of the forward pass. */
  public Variable output() {
    return output;
  }

  /** Returns whether the gradient of operand {@code i} is wanted. */
  public boolean needs(int i) {
    Vjp parent = parent(i);
    return parent != null && parent.needed;
  }

  /** Returns the node of an operand; null if it wants no gradient. */
  @Nullable Vjp parent(int i) {
    Variable operand = input(i);
    return operand.requiresGrad() ? walk.node(operand) : null;
  }

  /** Returns whether the gradient itself is recorded, to be differentiated again. */
  public boolean createGraph() {
    return walk.createGraph;
  }

  /**
   * Returns the sum of the gradients that have arrived for operand {@code i} so far, if only this
   * walk holds it: an op that gives but a part of the gradient may add the part in place, and
   * return null. Otherwise null.
   */
  public @Nullable Tensor sum(int i) {
    Vjp parent = parent(i);
    Variable sum = parent == null || !parent.owned || createGraph() ? null : parent.gradient;
    return sum == null ? null : sum.value();
  }

  /** Says that nobody else holds the gradient about to be returned for operand {@code i}. */
  public void own(int i) {
    Vjp parent = parent(i);
    if (parent != null && parent.gradient == null) {
      parent.owned = true;
    }
  }

  /**
   * Gives the gradient of operand {@code i} as rows that are added to zeros, if that is a table
   * which has no other; the optimizer may then spare the zeros.
   *
   * @param index int32 [n], in range
   * @param rows [n, width]
   * @return false, and nothing is done, if the whole gradient must be returned
   */
  public boolean rows(int i, Tensor index, Tensor rows) {
    Vjp parent = parent(i);
    if (parent == null || !walk.takesRows(parent)) {
      return false;
    }
    parent.rows = new RowGradient(index, rows);
    return true;
  }

  /** Returns the kernels of the device, for a fused gradient. */
  public Kernels kernels() {
    return Backends.kernels(output.value().device());
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
