package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Embeddings;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Tensor;

/**
 * A learned vector for each of a number of things, words or letters say (Bengio et al., 2003).
 *
 * <p><b>Shapes</b> int32 numbers […] → vectors […, width]; parameter {@code weight} [count, width],
 * which starts normal with deviation 1.
 */
public final class Embedding extends Layer {
  private final int count;
  private final int width;
  private final Parameter weight;

  /**
   * Creates the layer.
   *
   * @param setup where the parameter lives and what it is drawn from
   * @param count how many things there are
   * @param width length of a vector
   * @throws ArgumentException if a number is less than 1
   */
  public Embedding(Setup setup, int count, int width) {
    Checks.atLeast("embedding", "count", count, 1);
    Checks.atLeast("embedding", "width", width, 1);
    this.count = count;
    this.width = width;
    weight = parameter("weight", setup.normal(1, count, width));
  }

  /** Returns the vectors. */
  public Parameter weight() {
    return weight;
  }

  /**
   * Looks vectors up.
   *
   * @param x int32 numbers from 0 to count − 1
   * @throws org.adjoint.tensor.ShapeException if a number is out of range
   */
  @Override
  public Variable forward(Variable x) {
    return forward(x.value());
  }

  /** As {@link #forward(Variable)}. */
  public Variable forward(Tensor numbers) {
    return Embeddings.embedding(weight.variable(), numbers);
  }

  @Override
  public String toString() {
    return "Embedding(" + count + ", " + width + ")";
  }
}
