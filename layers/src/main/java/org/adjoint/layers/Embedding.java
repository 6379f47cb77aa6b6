package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Embeddings;
import org.adjoint.kernels.Backends;
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

  /** The number that stands for nothing, or −1. */
  private final int padding;

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
    this(setup, count, width, -1);
  }

  private Embedding(Setup setup, int count, int width, int padding) {
    Checks.atLeast("embedding", "count", count, 1);
    Checks.atLeast("embedding", "width", width, 1);
    this.count = count;
    this.width = width;
    this.padding = padding;
    weight = parameter("weight", setup.normal(1, count, width));
  }

  /**
   * Creates the layer with a number that stands for nothing: its vector starts as zeros and stays
   * as it is.
   *
   * @throws ArgumentException if a number is out of range
   */
  public static Embedding padded(Setup setup, int count, int width, int padding) {
    if (padding < 0 || padding >= count) {
      throw new ArgumentException(
          "embedding", "padding", padding, "it must be from 0 to " + (count - 1));
    }
    Embedding layer = new Embedding(setup, count, width, padding);
    Tensor row = layer.weight.value().slice(0, padding, padding + 1, 1);
    Backends.kernels(row.device()).elementwise().fill(0, row);
    return layer;
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
    return padding < 0
        ? Embeddings.embedding(weight.variable(), numbers)
        : Embeddings.embedding(weight.variable(), numbers, padding);
  }

  @Override
  public String toString() {
    return "Embedding(" + count + ", " + width + (padding < 0 ? ")" : ", padding " + padding + ")");
  }
}
