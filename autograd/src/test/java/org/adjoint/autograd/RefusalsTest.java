package org.adjoint.autograd;

import static org.adjoint.autograd.Fixtures.CPU;
import static org.adjoint.autograd.Fixtures.tensor;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.adjoint.autograd.ops.Convolutions;
import org.adjoint.autograd.ops.Einsum;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.autograd.ops.Embeddings;
import org.adjoint.autograd.ops.Indexing;
import org.adjoint.autograd.ops.Matmul;
import org.adjoint.autograd.ops.Matrices;
import org.adjoint.autograd.ops.Norms;
import org.adjoint.autograd.ops.Pieces;
import org.adjoint.autograd.ops.Pooling;
import org.adjoint.autograd.ops.Recurrent;
import org.adjoint.autograd.ops.Reductions;
import org.adjoint.autograd.ops.Repeats;
import org.adjoint.autograd.ops.RowLosses;
import org.adjoint.autograd.ops.Scans;
import org.adjoint.autograd.ops.Softmax;
import org.adjoint.autograd.ops.Sorting;
import org.adjoint.autograd.ops.Statistics;
import org.adjoint.autograd.ops.Views;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DTypeException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Operands that do not fit are refused by name, with what was received and what to do. */
final class RefusalsTest {
  private static Variable zeros(int... dims) {
    return Variable.of(tensor(new double[Shape.of(dims).size()], dims));
  }

  private static void refused(
      Class<? extends AdjointException> type, String op, String part, Executable body) {
    AdjointException e = assertThrows(type, body);
    assertEquals(op, e.op(), e.getMessage());
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @Test
  void elementwise() {
    refused(ShapeException.class, "add", "[2, 3]", () -> zeros(2, 3).add(zeros(2)));
    Variable integers = Variable.of(Tensor.of(CPU, new int[2], 2));
    refused(
        DTypeException.class,
        "twice",
        "int32",
        () -> Elementwise.map("twice", Expr.x().plus(Expr.x()), new double[0], integers));
    assertThrows(AdjointException.class, integers::exp);
    refused(ShapeException.class, "glu", "halves", () -> Elementwise.glu(zeros(2, 3), 1));
    refused(ShapeException.class, "prelu", "[1]", () -> Elementwise.prelu(zeros(3), zeros(3)));
    refused(ShapeException.class, "prelu", "[1]", () -> Elementwise.prelu(zeros(2, 3), zeros(2)));
    refused(ShapeException.class, "prelu", "[1]", () -> Elementwise.prelu(zeros(3), zeros()));
  }

  @Test
  void order() {
    Variable x = zeros(2, 3);
    refused(ShapeException.class, "argsort", "axis", () -> Sorting.argsort(x, 2, false));
    refused(ShapeException.class, "topk", "3 elements", () -> Sorting.topk(x, 4, 1, true));
    refused(ShapeException.class, "topk", "3 elements", () -> Sorting.topk(x, -1, 1, true));
    refused(ShapeException.class, "kthvalue", "1 to 3", () -> Sorting.kthvalue(x, 0, 1));
    refused(ShapeException.class, "kthvalue", "1 to 3", () -> Sorting.kthvalue(x, 4, 1));
    refused(ShapeException.class, "median", "empty", () -> Sorting.median(zeros(2, 0), 1));
    refused(ShapeException.class, "cumsum", "axis", () -> Scans.cumsum(x, 2));
    refused(ShapeException.class, "cumprod", "axis", () -> Scans.cumprod(x, -3));
    refused(ArgumentException.class, "norm", "NaN", () -> Statistics.norm(x, Double.NaN));
  }

  @Test
  void matrices() {
    Variable x = zeros(3);
    refused(ShapeException.class, "tril", "two axes", () -> Matrices.tril(x, 0));
    refused(ShapeException.class, "triu", "two axes", () -> Matrices.triu(x, 0));
    refused(ShapeException.class, "trace", "two axes", () -> Matrices.trace(x));
    refused(ShapeException.class, "outer", "vector", () -> Matrices.outer(x, zeros(2, 2)));
    refused(ShapeException.class, "outer", "vector", () -> Matrices.outer(zeros(), x));
    refused(ShapeException.class, "dot", "vector", () -> Matrices.dot(x, zeros(2, 2)));
    refused(ShapeException.class, "dot", "vector", () -> Matrices.dot(zeros(1, 3), x));
    refused(ShapeException.class, "bmm", "batch", () -> Matrices.bmm(zeros(2, 3), zeros(1, 3, 2)));
    refused(ShapeException.class, "bmm", "batch", () -> Matrices.bmm(zeros(1, 3, 2), zeros(2, 3)));
  }

  private static Tensor indices(int... values) {
    return Tensor.of(CPU, values, values.length);
  }

  @Test
  void pieces() {
    Variable x = zeros(2, 3);
    Variable single = Variable.of(Tensor.of(CPU, new float[6], 2, 3));
    refused(ArgumentException.class, "concat", "at least one", () -> Pieces.concat(0));
    refused(ArgumentException.class, "stack", "at least one", () -> Pieces.stack(0));
    refused(ShapeException.class, "concat", "axis", () -> Pieces.concat(2, x));
    refused(ShapeException.class, "concat", "part 1", () -> Pieces.concat(0, x, zeros(2, 2)));
    refused(ShapeException.class, "concat", "part 1", () -> Pieces.concat(0, x, zeros(3)));
    refused(DTypeException.class, "concat", "float32", () -> Pieces.concat(0, x, single));
    refused(ShapeException.class, "split", "add up to 3", () -> Pieces.split(x, 1, 1, 1));
    refused(ShapeException.class, "split", "axis", () -> Pieces.split(x, 2, 1, 1));
    refused(ArgumentException.class, "chunk", "at least 1", () -> Pieces.chunk(x, 0, 1));
    refused(ShapeException.class, "unbind", "axis", () -> Pieces.unbind(x, 2));
    refused(ShapeException.class, "roll", "axis", () -> Pieces.roll(x, 1, -3));
  }

  @Test
  void repeats() {
    Variable x = zeros(2, 3);
    refused(ShapeException.class, "repeat", "tile", () -> Repeats.repeat(x, 2));
    refused(ArgumentException.class, "repeat", "-1", () -> Repeats.repeat(x, 2, -1));
    refused(
        ArgumentException.class,
        "repeat_interleave",
        "-1",
        () -> Repeats.repeatInterleave(x, -1, 0));
    refused(ShapeException.class, "flip", "axis", () -> Repeats.flip(x, 0, 2));
    refused(ShapeException.class, "pad_constant", "pairs", () -> Repeats.padConstant(x, 0, 1));
    refused(
        ShapeException.class,
        "pad_constant",
        "pairs",
        () -> Repeats.padConstant(x, 0, 1, 1, 1, 1, 1, 1));
    refused(
        ArgumentException.class, "pad_constant", "slice", () -> Repeats.padConstant(x, 0, -1, 1));
    refused(ShapeException.class, "pad_reflect", "too short", () -> Repeats.padReflect(x, 0, 3));
    refused(ShapeException.class, "pad_circular", "too short", () -> Repeats.padCircular(x, 4, 0));
    refused(
        ShapeException.class,
        "pad_replicate",
        "too short",
        () -> Repeats.padReplicate(zeros(2, 0), 1, 0));
  }

  @Test
  void lookups() {
    Variable x = zeros(2, 3);
    Tensor square = indices(0, 1).reshape(1, 2);
    refused(
        ShapeException.class, "index_select", "axis", () -> Indexing.indexSelect(x, 2, indices(0)));
    refused(
        ShapeException.class,
        "index_select",
        "index",
        () -> Indexing.indexSelect(x, 0, indices(2)));
    refused(ShapeException.class, "index_add", "src", () -> Indexing.indexAdd(x, 0, indices(0), x));
    refused(
        ShapeException.class,
        "index_add",
        "src",
        () -> Indexing.indexAdd(x, 1, indices(0), zeros(2)));
    refused(ShapeException.class, "scatter", "index", () -> Indexing.scatter(x, 0, square, x));
    refused(
        ShapeException.class,
        "take_along_dim",
        "axes",
        () -> Indexing.takeAlongDim(x, indices(0), 0));
    refused(
        ShapeException.class,
        "embedding",
        "width",
        () -> Embeddings.embedding(zeros(3), indices(0)));
    refused(
        ShapeException.class,
        "embedding_bag",
        "sampleWeights",
        () -> Embeddings.embeddingBag(x, indices(0, 1), zeros(2)));
    refused(
        ShapeException.class,
        "embedding_bag",
        "offsets",
        () -> Embeddings.embeddingBag(x, indices(0), ReduceOp.SUM));
    refused(
        ArgumentException.class,
        "embedding_bag",
        "sum, mean or max",
        () -> Embeddings.embeddingBag(x, square, ReduceOp.PROD));
    refused(
        ShapeException.class,
        "embedding_bag",
        "one list",
        () -> Embeddings.embeddingBag(x, square, new int[1], ReduceOp.SUM));
    for (int[] offsets : new int[][] {{1}, {0, 2, 1}, {0, 4}}) {
      refused(
          ArgumentException.class,
          "embedding_bag",
          "begin at 0",
          () -> Embeddings.embeddingBag(x, indices(0, 1, 0), offsets, ReduceOp.SUM));
    }
  }

  @Test
  void einsum() {
    Variable x = zeros(2, 3);
    String[] wrong = {"ij,jk->ik", "i1->i", "ij->ik", "ij->ii", "i->i->i", "i....j->i"};
    for (String equation : wrong) {
      assertThrows(AdjointException.class, () -> Einsum.einsum(equation, x), equation);
    }
    refused(ArgumentException.class, "einsum", "2 operands", () -> Einsum.einsum("ij,jk", x));
    refused(ShapeException.class, "einsum", "describes 1", () -> Einsum.einsum("i->i", x));
    refused(ShapeException.class, "einsum", "describes 3", () -> Einsum.einsum("ijk...->i", x));
    refused(
        ShapeException.class, "einsum", "of i", () -> Einsum.einsum("ij,ik->jk", x, zeros(3, 3)));
    refused(ArgumentException.class, "einsum", "letter k", () -> Einsum.einsum("ij->ik", x));
    refused(ArgumentException.class, "einsum", "twice", () -> Einsum.einsum("ij->ii", x));
  }

  @Test
  void matmul() {
    refused(ShapeException.class, "matmul", "mul", () -> zeros().matmul(zeros(3)));
    refused(ShapeException.class, "matmul", "mul", () -> zeros(3).matmul(zeros()));
    refused(ShapeException.class, "matmul", "[4, 2]", () -> zeros(2, 3).matmul(zeros(4, 2)));
    refused(
        ShapeException.class,
        "matmul",
        "transposed",
        () -> Matmul.product(zeros(2, 3), true, zeros(4, 3), true));
    refused(
        ShapeException.class,
        "matmul",
        "rank",
        () -> Matmul.product(zeros(2, 3), false, zeros(1, 3, 2), false));
    refused(
        ShapeException.class, "matmul", "[3, 3, 2]", () -> zeros(2, 2, 3).matmul(zeros(3, 3, 2)));
    refused(
        ShapeException.class, "matmul", "rank", () -> Matmul.linear(zeros(3), zeros(2, 3), null));
  }

  @Test
  void convolution() {
    Conv2dSpec spec = Conv2dSpec.DEFAULT;
    refused(
        ShapeException.class,
        "conv2d",
        "batch",
        () -> Convolutions.conv2d(zeros(4, 4), zeros(1, 1, 3, 3), null, spec));
    refused(
        ShapeException.class,
        "conv2d",
        "outChannels",
        () -> Convolutions.conv2d(zeros(1, 1, 4, 4), zeros(3, 3), null, spec));
    refused(
        ShapeException.class,
        "conv2d",
        "input channels",
        () -> Convolutions.conv2d(zeros(1, 2, 4, 4), zeros(1, 1, 3, 3), null, spec));
    refused(
        ShapeException.class,
        "conv2d",
        "groups",
        () ->
            Convolutions.conv2d(
                zeros(1, 2, 4, 4), zeros(3, 1, 3, 3), null, Conv2dSpec.of(1, 0, 1, 2)));
    refused(
        ShapeException.class,
        "conv2d",
        "one tap",
        () -> Convolutions.conv2d(zeros(1, 1, 4, 4), zeros(1, 1, 0, 3), null, spec));
    refused(
        ShapeException.class,
        "conv2d",
        "larger",
        () -> Convolutions.conv2d(zeros(1, 1, 2, 4), zeros(1, 1, 3, 3), null, spec));
  }

  @Test
  void pooling() {
    refused(
        ShapeException.class,
        "max_pool2d",
        "batch",
        () -> Pooling.maxPool2d(zeros(4, 4), Pool2dSpec.of(2, 2)));
    refused(
        ShapeException.class,
        "avg_pool2d",
        "larger",
        () -> Pooling.avgPool2d(zeros(1, 1, 2, 2), Pool2dSpec.of(3, 1)));
    refused(
        ArgumentException.class,
        "avg_pool2d",
        "divisor",
        () -> Pooling.avgPool2d(zeros(1, 1, 2, 2), Pool2dSpec.of(2, 1), 0));
  }

  @Test
  void softmaxAndLabels() {
    refused(ShapeException.class, "softmax", "axis", () -> Softmax.softmax(zeros(2, 3), 2));
    Tensor labels = Tensor.of(CPU, new int[] {0, 3}, 2);
    refused(
        ShapeException.class,
        "cross_entropy",
        "labels[1] is 3",
        () -> Softmax.crossEntropy(zeros(2, 3), labels));
    refused(
        ShapeException.class,
        "cross_entropy",
        "[batch, classes]",
        () -> Softmax.crossEntropy(zeros(2, 3, 1), labels));
  }

  @Test
  void recurrentNetworksAndTargets() {
    RecurrentSpec spec = new RecurrentSpec(RecurrentCell.GRU, false);
    refused(
        ShapeException.class,
        "gru",
        "gates * units",
        () -> Recurrent.states(spec, zeros(3, 6), zeros(1, 3, 2), zeros(6, 2), null, null));
    refused(
        ShapeException.class,
        "gru",
        "[6]",
        () -> Recurrent.states(spec, zeros(1, 3, 6), zeros(1, 3, 2), zeros(6), null, null));
    refused(
        ShapeException.class,
        "cross_entropy",
        "[batch, classes]",
        () -> RowLosses.probabilities(zeros(3), null, 0));
  }

  @Test
  void norms() {
    refused(
        ShapeException.class,
        "batch_norm",
        "channels",
        () -> Norms.batchNorm(zeros(3), zeros(3), zeros(3), 1e-5));
    assertThrows(
        AdjointException.class, () -> Norms.batchNorm(zeros(2, 3), zeros(2), zeros(3), 1e-5));
  }

  @Test
  void indexing() {
    Tensor index = Tensor.of(CPU, new int[] {0, 5}, 2);
    assertThrows(AdjointException.class, () -> Indexing.gather(zeros(3), 0, index));
    refused(ShapeException.class, "gather", "axis", () -> Indexing.gather(zeros(3), 1, index));
    assertThrows(AdjointException.class, () -> Indexing.scatterAdd(zeros(2), 0, index, 3));
    Variable mask = Variable.of(Tensor.of(CPU, new double[] {1, 0, 1}, 3));
    refused(
        ShapeException.class,
        "masked_scatter",
        "2 places",
        () -> Indexing.maskedScatter(zeros(3), mask, zeros(1)));
    assertThrows(AdjointException.class, () -> Indexing.maskedScatter(zeros(2), mask, zeros(2)));
  }

  @Test
  void reductionsAndViews() {
    refused(ShapeException.class, "sum", "axes", () -> zeros(2, 3).sum(0, -2));
    refused(ShapeException.class, "mean", "axis", () -> zeros(2, 3).mean(2));
    assertThrows(AdjointException.class, () -> Reductions.max(zeros(0), 0));
    refused(ShapeException.class, "select", "3", () -> Views.select(zeros(3), 0, 3));
    refused(ShapeException.class, "select", "-4", () -> Views.select(zeros(3), 0, -4));
    refused(ShapeException.class, "reshape", "[4]", () -> zeros(3).reshape(4));
    refused(ShapeException.class, "permute", "[0, 0]", () -> zeros(2, 3).permute(0, 0));
    refused(ShapeException.class, "slice", "range", () -> zeros(3).slice(0, 2, 5));
    refused(ShapeException.class, "squeeze", "not 1", () -> Views.squeeze(zeros(3), 0));
    refused(ShapeException.class, "expand", "[2]", () -> Views.expand(zeros(3), Shape.of(2)));
  }
}
