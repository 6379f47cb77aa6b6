package org.adjoint.autograd.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.check.Catalogue;
import org.adjoint.autograd.check.OpCase;
import org.adjoint.autograd.ops.Attention;
import org.adjoint.autograd.ops.Convolutions;
import org.adjoint.autograd.ops.Ctc;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.autograd.ops.Indexing;
import org.adjoint.autograd.ops.Matmul;
import org.adjoint.autograd.ops.Norms;
import org.adjoint.autograd.ops.Pooling;
import org.adjoint.autograd.ops.Recurrent;
import org.adjoint.autograd.ops.Reductions;
import org.adjoint.autograd.ops.Softmax;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.KernelWork;
import org.adjoint.kernels.Kernels.Family;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.kernels.UpdateRules;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Costs, each against a number worked out by hand. */
class CostTest {
  private final Backend device = Backends.get("reference");

  private final List<Variable> leaves = new ArrayList<>();

  private Variable leaf(int... dims) {
    Variable leaf = Variable.parameter(Tensor.zeros(device, DType.F32, dims));
    leaves.add(leaf);
    return leaf;
  }

  private Tensor labels(int n) {
    return Tensor.zeros(device, DType.I32, n);
  }

  /** The calls of a step, not cleaned or joined beyond what it needs. */
  private static List<ProgramGraph.Node> nodes(Supplier<Variable> step) {
    return Program.capture(step).graph().nodes();
  }

  private static Cost only(Supplier<Variable> step) {
    List<ProgramGraph.Node> nodes = nodes(step);
    assertEquals(1, nodes.size(), nodes.toString());
    return nodes.getFirst().cost();
  }

  /** The cost of the call of this name among those that give the gradients of all leaves. */
  private Cost gradient(Supplier<Variable> step, String op) {
    return Program.captureAll(() -> Backprop.gradients(step.get().sum(), leaves, false))
        .graph()
        .nodes()
        .stream()
        .filter(n -> n.op().equals(op))
        .findFirst()
        .orElseThrow()
        .cost();
  }

  @Test
  void matrixProducts() {
    Variable a = leaf(3, 5);
    Variable b = leaf(5, 7);
    // 2·3·7·5; (15 + 35 + 21) floats
    assertEquals(new Cost(210, 284), only(() -> Matmul.matmul(a, b)));
    // x [3, 5] · w [7, 5]ᵀ + bias [7]: 210 and a sum for each of 21 results
    assertEquals(new Cost(231, 312), only(() -> Matmul.linear(a, leaf(7, 5), leaf(7))));
    // a batch of two
    assertEquals(new Cost(420, 568), only(() -> Matmul.matmul(leaf(2, 3, 5), leaf(2, 5, 7))));
  }

  @Test
  void formulas() {
    Variable x = leaf(4, 6);
    // (1 − tanh) steps: one a call
    assertEquals(new Cost(24, 192), only(() -> Elementwise.unary(UnaryOp.TANH, x)));
    // an operand given twice moves once
    assertEquals(new Cost(24, 192), only(() -> x.mul(x)));
    // the row of a broadcast moves once: 24 + 6 + 24 floats
    assertEquals(new Cost(24, 216), only(() -> x.add(leaf(6))));
    // a copy computes nothing
    assertEquals(new Cost(0, 192), only(() -> x.transpose(0, 1).reshape(24)));
    Expr fma = Expr.fma(Expr.operand(0), Expr.operand(1), Expr.constant(1).negated());
    assertEquals(3, Cost.operations(fma));
  }

  @Test
  void reductions() {
    Variable x = leaf(4, 6);
    assertEquals(new Cost(24, 100), only(() -> Reductions.sum(x)));
    assertEquals(new Cost(25, 100), only(() -> Reductions.mean(x)));
  }

  @Test
  void convolutionsAndPooling() {
    Variable x = leaf(2, 4, 8, 8);
    Variable w = leaf(6, 2, 3, 3);
    Conv2dSpec spec = Conv2dSpec.of(1, 1, 1, 2);
    // y is [2, 6, 8, 8], 768 elements; each 2 channels of the group · 9 taps · 2, and a bias
    Supplier<Variable> conv = () -> Convolutions.conv2d(x, w, leaf(6), spec);
    assertEquals(new Cost(768 * 37, 4 * (512 + 108 + 6 + 768)), only(conv));
    assertEquals(768 * 36, gradient(conv, "conv2d weight gradient").flops());
    assertEquals(768 * 36, gradient(conv, "conv2d input gradient").flops());
    // 2·4·4·4 = 128 windows of 4
    Pool2dSpec pool = Pool2dSpec.of(2, 2);
    assertEquals(128 * 4, only(() -> Pooling.maxPool2d(x, pool)).flops());
    assertEquals(128, gradient(() -> Pooling.maxPool2d(x, pool), "max_pool2d gradient").flops());
    assertEquals(128 * 5, only(() -> Pooling.avgPool2d(x, pool)).flops());
    assertEquals(
        128 * 5, gradient(() -> Pooling.avgPool2d(x, pool), "avg_pool2d gradient").flops());
  }

  @Test
  void softmaxAndNorms() {
    Variable x = leaf(4, 10);
    assertEquals(new Cost(200, 320), only(() -> Softmax.softmax(x, 1)));
    assertEquals(160, gradient(() -> Softmax.logSoftmax(x, 1), "log_softmax gradient").flops());
    Supplier<Variable> loss = () -> Softmax.crossEntropy(x, labels(4));
    assertEquals(204, nodes(loss).getFirst().cost().flops());
    assertEquals(84, gradient(loss, "cross_entropy gradient").flops());
    // 2 heads of 3 queries and 3 keys: 18 weights of 4 products forward, 10 backward, and 5 more.
    Supplier<Variable> attention =
        () ->
            Attention.scaledDotProduct(leaf(1, 2, 3, 4), leaf(1, 2, 3, 4), leaf(1, 2, 3, 4), true);
    assertEquals(18 * (16 + 5), nodes(attention).getFirst().cost().flops());
    assertEquals(18 * (40 + 5), gradient(attention, "attention gradient").flops());
    Supplier<Variable> norm = () -> Norms.batchNorm(x, leaf(10), leaf(10), 1e-5).y();
    assertEquals(160, nodes(norm).get(0).cost().flops());
    assertEquals(160, nodes(norm).get(1).cost().flops());
    assertEquals(360, gradient(norm, "batch_norm gradient").flops());
  }

  @Test
  void recurrentNetworks() {
    // 5 steps, batch 2, 3 units
    for (RecurrentCell cell : RecurrentCell.values()) {
      RecurrentSpec spec = new RecurrentSpec(cell, false);
      int wide = 3 * cell.gates();
      Variable x = leaf(5, 2, wide);
      Variable initial = leaf(cell.states(), 2, 3);
      Variable w = leaf(wide, 3);
      long products = 2L * 5 * 2 * wide * 3;
      int[] each =
          switch (cell) {
            case RNN_TANH, RNN_RELU -> new int[] {2, 4};
            case GRU -> new int[] {10, 17};
            case LSTM -> new int[] {13, 24};
          };
      Supplier<Variable> run = () -> Recurrent.states(spec, x, initial, w, null, null);
      assertEquals(products + 30 * each[0], nodes(run).getFirst().cost().flops());
      assertEquals(products + 30 * each[1], gradient(run, cell.label() + " gradient").flops());
    }
  }

  @Test
  void labelsOverSteps() {
    // 5 steps, batch 2, one label: 5·2·5 places
    Tensor one = Tensor.of(device, new int[] {1, 1}, 2);
    Supplier<Variable> loss = () -> Ctc.loss(leaf(5, 2, 3), one.reshape(2, 1), one, one, 0, false);
    assertEquals(500, nodes(loss).getFirst().cost().flops());
    assertEquals(600, gradient(loss, "ctc gradient").flops());
  }

  @Test
  void indexingAndDraws() {
    Variable x = leaf(5, 3);
    Tensor index = Tensor.zeros(device, DType.I32, 5, 3);
    assertEquals(new Cost(0, 180), only(() -> Indexing.gather(x, 0, index)));
    // 15 numbers added into 15 that are read and written
    assertEquals(new Cost(15, 240), gradient(() -> Indexing.gather(x, 0, index), "scatter_add"));
    RandomStream stream = new RandomStream(1);
    Supplier<Variable> draw =
        () -> Variable.of(stream.normal(Tensor.result(device, DType.F32, Shape.of(9)), 0, 1));
    assertEquals(new Cost(0, 36), only(draw));
  }

  @Test
  void updates() {
    Tensor p = Tensor.zeros(device, DType.F32, 10);
    Tensor g = Tensor.zeros(device, DType.F32, 10);
    Tensor v = Tensor.zeros(device, DType.F32, 10);
    Tensor m = Tensor.zeros(device, DType.F32, 10);
    Variable y = Variable.of(p);
    UpdateStep plain = UpdateRules.sgd(0.1);
    UpdateStep all = UpdateRules.sgd(0.1, 0.9, 0, true, 0.01, false);
    // p moves twice
    assertEquals(
        new Cost(20, 120),
        only(
            () -> {
              Backends.kernels(device).updates().update(plain, p, g);
              return y;
            }));
    assertEquals(
        new Cost(80, 200),
        only(
            () -> {
              Backends.kernels(device).updates().update(all, p, g, v);
              return y;
            }));
    UpdateStep adam = UpdateRules.adam(0.1, 0.9, 0.999, 1e-8, 0, false, false, 1);
    assertEquals(
        new Cost(130, 280),
        only(
            () -> {
              Backends.kernels(device).updates().update(adam, p, g, m, v);
              return y;
            }));
    assertEquals(0.5, new Cost(4, 8).intensity());
    assertEquals(0, Cost.NONE.intensity());
  }

  @Test
  void aKernelOfWhichNobodySaysTheCostIsNamed() {
    KernelWork.Call call =
        new KernelWork.Call(Family.NORMS, "newest_norm", List.of(), false, (_, _) -> {});
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> Cost.flops(call, Shape.of(3)));
    assertTrue(e.getMessage().contains("newest_norm"), e.getMessage());
  }

  @Test
  void everyOperationOfTheCatalogueHasACost() {
    for (List<OpCase> cases : Catalogue.load().byOp().values()) {
      OpCase c = cases.getFirst();
      if (c.isEager()) {
        continue;
      }
      Variable[] in = c.variables(device, DType.F64);
      Program program =
          Program.captureAll(
              () -> {
                List<Variable> results = new ArrayList<>();
                results.add(c.apply(in));
                if (c.isDifferentiable()) {
                  List<Variable> leaves = Arrays.stream(in).filter(Variable::requiresGrad).toList();
                  results.addAll(Backprop.gradients(results.getFirst().sum(), leaves, false));
                }
                return results;
              });
      assertTrue(program.graph().cost().bytes() >= 0, c.id());
    }
  }
}
