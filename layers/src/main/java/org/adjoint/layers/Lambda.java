package org.adjoint.layers;

import java.util.function.UnaryOperator;
import org.adjoint.autograd.Variable;

/**
 * Any operation as a layer, so that it stands in a {@link Sequential} (Keras's Lambda):
 *
 * <pre>{@code
 * new Lambda("reflect", x -> Repeats.padReflect(x, 1, 1, 1, 1))
 * }</pre>
 *
 * <p><b>Shapes</b> those of the operation; no parameters. The operation depends on x alone: what
 * has parameters, draws numbers or keeps anything is a layer of its own, so that checkpoints know
 * of it.
 */
public final class Lambda extends Layer {
  private final String name;
  private final UnaryOperator<Variable> operation;

  /**
   * Creates the layer.
   *
   * @param name what {@link #toString} says
   * @param operation what it computes
   */
  public Lambda(String name, UnaryOperator<Variable> operation) {
    this.name = name;
    this.operation = operation;
  }

  @Override
  public Variable forward(Variable x) {
    return operation.apply(x);
  }

  @Override
  public String toString() {
    return "Lambda(" + name + ")";
  }
}
