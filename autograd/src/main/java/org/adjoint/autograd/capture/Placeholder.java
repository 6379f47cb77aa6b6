package org.adjoint.autograd.capture;

import org.adjoint.autograd.Variable;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * An operand of a step whose values are given at each replay; its type and shape are fixed.
 *
 * <pre>{@code
 * Placeholder x = new Placeholder("x", cpu, DType.F32, 64, 784);
 * Program model = Program.capture(() -> layer.forward(x.variable()), x);
 * Tensor y = model.run(batch);
 * }</pre>
 */
public final class Placeholder {
  private final String name;
  private final Variable variable;

  /**
   * Creates a placeholder.
   *
   * @param name for messages and pictures
   * @param device where the values will be
   * @param dtype their type
   * @param dims their shape
   */
  public Placeholder(String name, Device device, DType dtype, int... dims) {
    this.name = name;
    this.variable = Variable.of(Tensor.zeros(device, dtype, dims));
  }

  /** Returns a placeholder for tensors like this one. */
  public static Placeholder like(String name, Tensor sample) {
    return new Placeholder(name, sample.device(), sample.dtype(), sample.shape().toArray());
  }

  /** Returns the name. */
  public String name() {
    return name;
  }

  /** Returns what the step computes with. */
  public Variable variable() {
    return variable;
  }

  /** Returns the same as a tensor, for operands without a gradient, such as labels. */
  public Tensor tensor() {
    return variable.value();
  }

  /** Returns the shape. */
  public Shape shape() {
    return variable.shape();
  }

  @Override
  public String toString() {
    return name + " " + variable.dtype() + variable.shape();
  }
}
