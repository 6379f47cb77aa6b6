package org.adjoint.autograd.ops;

import java.util.Arrays;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/** Rows of a table looked up by number, and reduced. */
public final class Embeddings {
  private Embeddings() {}

  /**
   * Returns y[.., d] = weight[index[..], d].
   *
   * <p><b>Backward</b> dweight = 0 with the rows of dy added at the indices. <b>Shapes</b> weight
   * [rows, width], index int32 [..] → [.., width]. <b>Saved</b> the index.
   *
   * @throws ShapeException if weight is no matrix, or an index is outside its rows
   */
  public static Variable embedding(Variable weight, Tensor index) {
    requireTable("embedding", weight);
    Tensor flat = Views.compact(index).reshape(index.size());
    Shape shape = index.shape().insert(index.rank(), weight.shape().dim(1));
    return Views.reshape(Indexing.indexSelect(weight, 0, flat), shape);
  }

  /**
   * As {@link #embedding(Variable, Tensor)}, but the row of padding gets no gradient.
   *
   * @param padding index of the row that stands for nothing
   * @throws ShapeException if weight is no matrix, or an index is outside its rows
   */
  public static Variable embedding(Variable weight, Tensor index, int padding) {
    Variable y = embedding(weight, index);
    Kernels kernels = Backends.kernels(index.device());
    Tensor isWord = Tensor.result(index.device(), DType.I32, index.shape());
    Tensor number = Tensor.scalar(index.device(), DType.I32, padding);
    kernels.elementwise().binary(BinaryOp.NE, index, number, isWord);
    Tensor mask = Tensor.result(index.device(), weight.dtype(), index.shape());
    kernels.elementwise().copy(isWord, mask);
    return Elementwise.where(Views.unsqueeze(Variable.of(mask), -1), y, y.detach());
  }

  /**
   * Returns the sum, the mean or the largest of each bag of rows.
   *
   * <p><b>Forward</b> y[b, d] = reduce over i of weight[index[b, i], d]. <b>Backward</b> as the
   * reduction's, the rows added at the indices; equal maxima share evenly. <b>Shapes</b> weight
   * [rows, width], index int32 [bags, n] → [bags, width]. <b>Saved</b> the index, for max the rows.
   *
   * @param mode sum, mean or max
   * @throws ShapeException if the shapes do not fit, or an index is outside the rows
   * @throws ArgumentException if the mode is another
   */
  public static Variable embeddingBag(Variable weight, Tensor index, ReduceOp mode) {
    String op = "embedding_bag";
    requireMode(op, mode);
    if (index.rank() != 2) {
      throw new ShapeException(
          op, "index", index.shape(), "it must be [bags, n]; bags of several lengths take offsets");
    }
    return Reductions.reduce(mode, embedding(weight, index), 1);
  }

  /**
   * Returns the sum of each bag of rows, each row times a weight of its own.
   *
   * <p><b>Forward</b> y[b, d] = Σᵢ sampleWeights[b, i]·weight[index[b, i], d]. <b>Shapes</b> weight
   * [rows, width], index int32 and sampleWeights [bags, n] → [bags, width].
   *
   * @throws ShapeException if the shapes do not fit, or an index is outside the rows
   */
  public static Variable embeddingBag(Variable weight, Tensor index, Variable sampleWeights) {
    String op = "embedding_bag";
    if (index.rank() != 2 || !sampleWeights.shape().equals(index.shape())) {
      throw new ShapeException(
          op, "sampleWeights", sampleWeights.shape(), "it and the index must be [bags, n]");
    }
    Variable rows = embedding(weight, index);
    return Reductions.sum(rows.mul(Views.unsqueeze(sampleWeights, -1)), 1);
  }

  /**
   * As {@link #embeddingBag(Variable, Tensor, ReduceOp)}, for bags of several lengths in one list;
   * an empty bag gives zeros.
   *
   * @param index int32 [n], the bags one behind the other
   * @param offsets where each bag begins in the list; the first at 0, none before the one ahead
   * @throws ShapeException if the shapes do not fit, or an index is outside the rows
   * @throws ArgumentException if the mode or the offsets are not as described
   */
  public static Variable embeddingBag(Variable weight, Tensor index, int[] offsets, ReduceOp mode) {
    String op = "embedding_bag";
    requireMode(op, mode);
    requireTable(op, weight);
    if (index.rank() != 1) {
      throw new ShapeException(op, "index", index.shape(), "with offsets it must be one list");
    }
    int bags = offsets.length;
    int[] ends = new int[bags];
    for (int b = 0; b < bags; b++) {
      ends[b] = b + 1 < bags ? offsets[b + 1] : index.size();
      if (offsets[0] != 0 || offsets[b] > ends[b]) {
        throw new ArgumentException(
            op,
            "offsets",
            Arrays.toString(offsets),
            "they begin at 0 and rise, up to " + index.size() + ", the length of the list");
      }
    }
    Variable rows = Indexing.indexSelect(weight, 0, index);
    return mode == ReduceOp.MAX
        ? largest(rows, offsets, ends)
        : sums(rows, offsets, ends, mode == ReduceOp.MEAN);
  }

  private static Variable sums(Variable rows, int[] offsets, int[] ends, boolean mean) {
    int bags = offsets.length;
    int[] bagOf = new int[rows.shape().dim(0)];
    double[] share = new double[bags];
    for (int b = 0; b < bags; b++) {
      Arrays.fill(bagOf, offsets[b], ends[b], b);
      share[b] = 1.0 / Math.max(1, ends[b] - offsets[b]);
    }
    Tensor places = Tensor.of(rows.value().device(), bagOf, bagOf.length);
    Variable sum = Indexing.indexSum(rows, 0, places, bags);
    return mean ? sum.mul(column(rows.value(), share)) : sum;
  }

  /** Short bags are filled up with their first row, empty ones with any. */
  private static Variable largest(Variable rows, int[] offsets, int[] ends) {
    int bags = offsets.length;
    int width = rows.shape().dim(1);
    int longest = 1;
    for (int b = 0; b < bags; b++) {
      longest = Math.max(longest, ends[b] - offsets[b]);
    }
    double[] filled = new double[bags];
    for (int b = 0; b < bags; b++) {
      filled[b] = offsets[b] == ends[b] ? 0 : 1;
    }
    Variable zero = Variable.of(Tensor.scalar(rows.value().device(), rows.dtype(), 0));
    if (rows.value().size() == 0) {
      return Views.expand(zero, Shape.of(bags, width));
    }
    int most = longest;
    Tensor index =
        Tables.places(
            rows.value(),
            Shape.of(bags, most).size(),
            i -> member(offsets[i / most], ends[i / most], i % most));
    Variable cube = Indexing.indexSelect(rows, 0, index).reshape(bags, longest, width);
    return Elementwise.where(column(rows.value(), filled), Reductions.max(cube, 1), zero);
  }

  /** The row that is member number i of a bag. */
  private static int member(int begin, int end, int i) {
    return begin == end ? 0 : i < end - begin ? begin + i : begin;
  }

  /** Numbers as a column on the device of a tensor and in its type; a constant. */
  private static Variable column(Tensor like, double... values) {
    if (like.dtype() == DType.F64) {
      return Variable.of(Tensor.of(like.device(), values, values.length, 1));
    }
    float[] f = new float[values.length];
    for (int i = 0; i < f.length; i++) {
      f[i] = (float) values[i];
    }
    return Variable.of(Tensor.of(like.device(), f, f.length, 1));
  }

  private static void requireTable(String op, Variable weight) {
    if (weight.shape().rank() != 2) {
      throw new ShapeException(op, "weight", weight.shape(), "it must be [rows, width]");
    }
  }

  private static void requireMode(String op, ReduceOp mode) {
    if (mode != ReduceOp.SUM && mode != ReduceOp.MEAN && mode != ReduceOp.MAX) {
      throw new ArgumentException(op, "mode", mode.label(), "it must be sum, mean or max");
    }
  }
}
