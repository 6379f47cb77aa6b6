package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Embeddings;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.tensor.Tensor;

/**
 * A trained vector for each of a number of things, and of a bag of them the sum, the mean or the
 * largest in each place.
 *
 * <p><b>Shapes</b> x int32 [batch, n] → y [batch, width]; parameter {@code weight} [count, width].
 */
public final class EmbeddingBag extends Layer {
  private final int count;
  private final int width;
  private final ReduceOp mode;
  private final Parameter weight;

  /**
   * Creates the layer.
   *
   * @param setup where the parameter lives and what it is drawn from
   * @param count how many things there are
   * @param width length of a vector
   * @param mode sum, mean or max
   * @throws org.adjoint.tensor.ArgumentException if a number is less than 1
   */
  public EmbeddingBag(Setup setup, int count, int width, ReduceOp mode) {
    Checks.atLeast("embedding_bag", "count", count, 1);
    Checks.atLeast("embedding_bag", "width", width, 1);
    this.count = count;
    this.width = width;
    this.mode = mode;
    weight = parameter("weight", setup.normal(1, count, width));
  }

  /** Returns the vectors. */
  public Parameter weight() {
    return weight;
  }

  /**
   * Looks up and reduces bags of one length.
   *
   * @param x int32 numbers from 0 to count − 1, [batch, n]
   * @throws org.adjoint.tensor.ShapeException if a number is out of range
   * @throws org.adjoint.tensor.ArgumentException if the mode is not sum, mean or max
   */
  @Override
  public Variable forward(Variable x) {
    return Embeddings.embeddingBag(weight.variable(), x.value(), mode);
  }

  /**
   * Looks up and reduces bags of several lengths; an empty one gives zeros.
   *
   * @param numbers the bags one behind the other, int32 [n]
   * @param offsets where each bag begins
   */
  public Variable forward(Tensor numbers, int... offsets) {
    return Embeddings.embeddingBag(weight.variable(), numbers, offsets, mode);
  }

  @Override
  public String toString() {
    return "EmbeddingBag(" + count + ", " + width + ", " + mode.label() + ")";
  }
}
