package org.adjoint.layers;

import org.adjoint.autograd.RowGradient;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Recording;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** A tensor that training changes. No scope owns it, its gradient or its optimizer state. */
public final class Parameter {
  private final Tensor value;
  private final Variable leaf;
  private final Variable constant;
  private boolean trainable = true;
  private boolean sealed;

  /**
   * Creates a trainable parameter.
   *
   * @param value float32 or float64, owned by no scope
   */
  public Parameter(Tensor value) {
    this.value = value;
    this.leaf = Variable.parameter(value);
    this.constant = leaf.detach();
  }

  /** Returns the value, which optimizers change in place. */
  public Tensor value() {
    return value;
  }

  /** Returns the node to compute with: a leaf that wants a gradient, or a constant when frozen. */
  public Variable variable() {
    return isTrainable() ? leaf : constant;
  }

  /** Returns the gradient since the last reset, or null. */
  public @Nullable Tensor gradient() {
    return leaf.grad();
  }

  /**
   * Sets the gradient; see {@link Variable#setGrad}.
   *
   * @throws org.adjoint.autograd.GradientException if it is not like the value
   */
  public void gradient(Tensor gradient) {
    leaf.setGrad(gradient);
  }

  /** Returns the gradient as rows of a table, if that is all; see {@link Variable#rowGrad}. */
  public @Nullable RowGradient rowGradient() {
    return leaf.rowGrad();
  }

  /** Returns whether there is a gradient, whole or of rows. */
  public boolean hasGradient() {
    return leaf.hasGrad();
  }

  /** Forgets the gradient. */
  public void resetGradient() {
    leaf.resetGrad();
  }

  /** Returns whether gradients are computed and optimizers change the value. */
  public boolean isTrainable() {
    Recording recording = Recording.current();
    if (recording != null) {
      recording.guard(this, "Parameter" + value.shape() + ".isTrainable", () -> trainable);
    }
    return trainable;
  }

  /**
   * Freezes the parameter, or lets it be trained again.
   *
   * @throws ArgumentException if it belongs to an {@link Inference}
   */
  public void trainable(boolean on) {
    if (on && sealed) {
      throw new ArgumentException(
          "trainable", "parameter", "part of an Inference", Network.SEALED_REMEDY);
    }
    trainable = on;
    if (!on) {
      leaf.resetGrad();
    }
  }

  void seal() {
    trainable(false);
    sealed = true;
  }
}
