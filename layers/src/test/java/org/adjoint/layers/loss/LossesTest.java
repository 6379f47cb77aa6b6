package org.adjoint.layers.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Softmax;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Activation;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What loss classes add to their formulas, which the catalogue checks: reductions and options. */
class LossesTest {
  private final Backend device = Backends.get("reference");

  private Tensor f64(double[] values, int... dims) {
    return Tensor.of(device, values, dims);
  }

  private Variable x(double... values) {
    return Variable.parameter(f64(values, values.length / 2, 2));
  }

  @Test
  void reductions() {
    Variable x = x(1, 2, 3, 4, 5, 6);
    Tensor t = f64(new double[6], 3, 2);
    ElementLoss l1 = ElementLoss.l1();
    assertEquals(3.5, l1.of(x, t).item());
    assertEquals(21, l1.reduction(Reduction.SUM).of(x, t).item());
    assertEquals(7, l1.reduction(Reduction.BATCH_MEAN).of(x, t).item());
    assertArrayEquals(
        new double[] {1, 2, 3, 4, 5, 6},
        l1.reduction(Reduction.NONE).of(x, t).value().toDoubleArray());
    Tensor halves = f64(new double[] {0.5, 0}, 2);
    assertEquals(0.75, l1.weighted(halves).of(x, t).item());
    assertEquals("l1_loss", l1.toString());
  }

  @Test
  void everyElementLossIsItsFormula() {
    Variable x = x(0.25, 0.75);
    Tensor one = f64(new double[] {1, 1}, 1, 2);
    assertEquals((0.5625 + 0.0625) / 2, ElementLoss.meanSquared().of(x, one).item(), 1e-15);
    assertEquals((0.5 * 0.5 + 0.03125) / 2, ElementLoss.huber(0.5).of(x, one).item(), 1e-15);
    assertEquals((0.5 + 0.0625) / 2, ElementLoss.smoothL1(0.5).of(x, one).item(), 1e-15);
    assertEquals(0.5, ElementLoss.smoothL1(0).of(x, one).item(), 1e-15);
    double logs = -(Math.log(0.25) + Math.log(0.75)) / 2;
    assertEquals(logs, ElementLoss.binaryCrossEntropy().of(x, one).item(), 1e-15);
    assertEquals(0.5, ElementLoss.hinge().of(x, one).item(), 1e-15);
    assertEquals(0.3125, ElementLoss.squaredHinge().of(x, one).item(), 1e-15);
    assertEquals(0.5, ElementLoss.hingeEmbedding(1).of(x, one).item(), 1e-15);
    assertEquals(0.15625, ElementLoss.contrastive(1).of(x, one).item(), 1e-15);
    double soft = (Math.log1p(Math.exp(-0.25)) + Math.log1p(Math.exp(-0.75))) / 2;
    assertEquals(soft, ElementLoss.softMargin().of(x, one).item(), 1e-15);
    assertEquals(-0.5, ElementLoss.klDivergence(false).of(x, one).item(), 1e-15);
    assertEquals(0.5 * Math.E, ElementLoss.klDivergence(true).of(x, one).item(), 1e-15);
    double rates = (Math.exp(0.25) + Math.exp(0.75) - 1) / 2;
    assertEquals(rates, ElementLoss.poissonNll(true).of(x, one).item(), 1e-15);
    assertThrows(ArgumentException.class, () -> ElementLoss.huber(0));
    assertThrows(ArgumentException.class, () -> ElementLoss.smoothL1(-1));
    assertThrows(ShapeException.class, () -> ElementLoss.l1().of(x, f64(new double[2], 2)));
  }

  @Test
  void divergenceFromAnImpossibleTargetIsZeroThere() {
    Variable x = x(-1, -2);
    Variable loss = ElementLoss.klDivergence(false).of(x, f64(new double[] {0, 1}, 1, 2));
    assertEquals(1, loss.item());
    loss.backward();
    Tensor g = x.grad();
    assertArrayEquals(new double[] {0, -0.5}, g == null ? new double[0] : g.toDoubleArray(), 0);
  }

  @Test
  void crossEntropyWithOptionsAgreesWithItself() {
    Variable x = x(0.5, -1, 2, 0.25, -0.5, 1);
    Tensor labels = Tensor.of(device, new int[] {0, 1, 1}, 3);
    Tensor ones = f64(new double[] {1, 1}, 2);
    double plain = new CrossEntropy().of(x, labels).item();
    assertEquals(plain, new CrossEntropy().weights(ones).of(x, labels).item(), 1e-15);
    assertEquals(plain, new CrossEntropy().ignore(-1).of(x, labels).item(), 1e-15);
    Tensor onehot = f64(new double[] {1, 0, 0, 1, 0, 1}, 3, 2);
    assertEquals(plain, new CrossEntropy().of(x, onehot).item(), 1e-15);
    double smooth = new CrossEntropy().labelSmoothing(0.25).of(x, labels).item();
    assertEquals(smooth, new CrossEntropy().labelSmoothing(0.25).of(x, onehot).item(), 1e-15);
    CrossEntropy summed = new CrossEntropy().reduction(Reduction.SUM);
    assertEquals(3 * plain, summed.of(x, labels).item(), 1e-15);
    assertEquals(3 * plain, summed.weights(ones).of(x, labels).item(), 1e-15);
    Variable log = Softmax.logSoftmax(x, 1);
    assertEquals(plain, new NegativeLogLikelihood().of(log, labels).item(), 1e-15);
    NegativeLogLikelihood each = new NegativeLogLikelihood(ones, 1, Reduction.NONE);
    double[] losses = each.of(log, labels).value().toDoubleArray();
    assertTrue(losses[0] > 0);
    assertEquals(0, losses[1], 0);
    // Left out is left out of the mean, too.
    assertEquals(losses[0], new CrossEntropy().ignore(1).of(x, labels).item(), 1e-15);
  }

  @Test
  void crossEntropyRefusesWhatDoesNotFit() {
    Variable x = x(0.5, -1);
    Tensor labels = Tensor.of(device, new int[] {0}, 1);
    CrossEntropy weighted = new CrossEntropy().ignore(3);
    assertThrows(ArgumentException.class, () -> new CrossEntropy().labelSmoothing(1.5));
    assertThrows(ShapeException.class, () -> weighted.of(x.reshape(2), labels));
    assertThrows(ShapeException.class, () -> weighted.of(x, labels.reshape(1, 1)));
    assertThrows(ShapeException.class, () -> weighted.of(x, f64(new double[2], 2)));
    assertThrows(ShapeException.class, () -> new NegativeLogLikelihood().of(x.reshape(2), labels));
    assertThrows(ShapeException.class, () -> weighted.of(x, Tensor.of(device, new int[] {2}, 1)));
  }

  @Test
  void weightsOfBinaryCrossEntropy() {
    Variable x = x(0.5, -1);
    Tensor t = f64(new double[] {1, 0}, 1, 2);
    BinaryCrossEntropyWithLogits plain = BinaryCrossEntropyWithLogits.mean();
    double first = Math.log1p(Math.exp(-0.5));
    double second = Math.log1p(Math.exp(-1));
    assertEquals((first + second) / 2, plain.of(x, t).item(), 1e-15);
    Tensor three = f64(new double[] {3, 3}, 2);
    assertEquals((3 * first + second) / 2, plain.positiveWeight(three).of(x, t).item(), 1e-15);
    assertEquals(
        3 * (first + second),
        plain.weighted(three).reduction(Reduction.SUM).of(x, t).item(),
        1e-14);
  }

  @Test
  void regularizersSumTheirTerms() {
    Variable x = x(1, -2);
    assertEquals(0.3, Regularizer.l1(0.1).of(x).item(), 1e-15);
    assertEquals(0.5, Regularizer.l2(0.1).of(x).item(), 1e-15);
    assertEquals(0.8, Regularizer.l1l2(0.1, 0.1).of(x).item(), 1e-15);
    Linear layer = new Linear(Setup.of(device, DType.F64, 1), 3, 2);
    double sum = 0;
    for (double w : layer.weight().value().toDoubleArray()) {
      sum += w * w;
    }
    assertEquals(2 * sum, Regularizer.l2(2).of(layer).item(), 1e-14);
    layer.trainable(false);
    assertThrows(ArgumentException.class, () -> Regularizer.l2(2).of(layer));
    assertThrows(ArgumentException.class, () -> Regularizer.l1(-1));
  }

  @Test
  void theGradientPenaltyIsThatOfALine() {
    Setup setup = Setup.of(device, DType.F64, 1);
    Linear line = new Linear(setup, 2, 1);
    Variable real = x(1, 2, 3, 4);
    Variable fake = x(0, 1, -1, 2);
    Variable share = Variable.of(f64(new double[] {0.25, 0.5}, 2, 1));
    double[] w = line.weight().value().toDoubleArray();
    double norm = Math.hypot(w[0], w[1]);
    Variable penalty = Wasserstein.gradientPenalty(line::forward, real, fake, share);
    assertEquals((norm - 1) * (norm - 1), penalty.item(), 1e-15);
    penalty.backward();
    Tensor g = line.weight().gradient();
    double[] slope = g == null ? new double[2] : g.toDoubleArray();
    assertEquals(2 * (norm - 1) * w[0] / norm, slope[0], 1e-15);
    Sequential critic =
        new Sequential(new Linear(setup, 2, 5), Activation.tanh(), new Linear(setup, 5, 1));
    Wasserstein.gradientPenalty(critic::forward, real, fake, share).backward();
    assertTrue(critic.parameters().get("0.weight").gradient() != null);
    Variable scores = line.forward(real);
    assertEquals(0, Wasserstein.critic(scores, scores).item());
    assertEquals(-scores.mean().item(), Wasserstein.generator(scores).item());
  }

  @Test
  void probabilitiesOfATreeSumToOne() {
    Setup setup = Setup.of(device, DType.F64, 1);
    long[] counts = {50, 1, 7, 20, 3, 3, 9};
    HierarchicalSoftmax tree = new HierarchicalSoftmax(setup, 2, counts);
    assertEquals(6, tree.depth());
    Tensor nodes = tree.parameters().get("nodes").value();
    device.kernels().random().uniform(3, 0, -1, 1, nodes);
    double sum = 0;
    for (int w = 0; w < counts.length; w++) {
      Tensor word = Tensor.of(device, new int[] {w}, 1);
      sum += Math.exp(-tree.of(x(0.3, -0.8), word).item());
    }
    assertEquals(1, sum, 1e-14);
    // With vectors of zeros each step halves: frequent words have few.
    device.kernels().elementwise().fill(0, nodes);
    Tensor words = Tensor.of(device, new int[] {0, 1}, 2);
    double[] each = tree.each(x(0.3, -0.8, 1, 1), words).value().toDoubleArray();
    assertArrayEquals(new double[] {Math.log(2), 6 * Math.log(2)}, each, 1e-14);
    assertEquals("HierarchicalSoftmax(7)", tree.toString());
    assertThrows(ShapeException.class, () -> tree.of(x(1, 2), words));
    assertThrows(ArgumentException.class, () -> new HierarchicalSoftmax(setup, 2, 5));
    HierarchicalSoftmax single =
        new HierarchicalSoftmax(Setup.of(device, DType.F32, 1), 2, 1, 1, 1);
    assertEquals(List.of("nodes"), List.copyOf(single.parameters().keySet()));
  }

  @Test
  void aClassRuledOutByMinusInfinityCountsNothing() {
    double[] logits = {1, Double.NEGATIVE_INFINITY, 0.5, 2};
    Tensor labels = Tensor.of(device, new int[] {0, 1}, 2);
    Variable plain = x(logits);
    double expected = new CrossEntropy().of(plain, labels).item();
    Variable y = x(logits);
    Variable loss = new CrossEntropy().ignore(CrossEntropy.IGNORED).of(y, labels);
    assertEquals(expected, loss.item(), 1e-15);
    loss.backward();
    double d = 0.5 / (1 + Math.exp(1.5));
    assertArrayEquals(new double[] {0, 0, d, -d}, y.grad().toDoubleArray(), 1e-15);
    Variable logs = x(-1, Double.NEGATIVE_INFINITY, -2, -3);
    assertEquals(2, new NegativeLogLikelihood().of(logs, labels).item());
  }

  @Test
  void aBatchWithoutLabelsHasNoSlope() {
    Variable x = x(1, 2, 3, 4);
    Tensor none = Tensor.of(device, new int[] {-100, -100}, 2);
    Variable loss = new CrossEntropy().ignore(CrossEntropy.IGNORED).of(x, none);
    assertTrue(Double.isNaN(loss.item()));
    loss.backward();
    for (double d : x.grad().toDoubleArray()) {
      assertEquals(0, Math.abs(d));
    }
  }

  @Test
  void labelsAndWeightsThatDoNotFitAreRefused() {
    Tensor labels = Tensor.of(device, new int[] {0, CrossEntropy.IGNORED}, 2);
    CrossEntropy weighted = new CrossEntropy().weights(f64(new double[] {1, 2}, 2));
    assertThrows(ShapeException.class, () -> weighted.of(x(1, 2, 3, 4), labels));
    for (int n : new int[] {1, 3}) {
      CrossEntropy wrong = new CrossEntropy().weights(f64(new double[n], n));
      Tensor shares = f64(new double[] {1, 0, 0, 1}, 2, 2);
      Tensor safe = Tensor.of(device, new int[] {0, 1}, 2);
      for (Tensor target : List.of(shares, safe)) {
        ShapeException e =
            assertThrows(ShapeException.class, () -> wrong.of(x(1, 2, 3, 4), target));
        assertEquals("weights", e.argument());
      }
    }
  }
}
