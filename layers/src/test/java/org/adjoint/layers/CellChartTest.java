package org.adjoint.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Objects;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Philox;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The rarer cells: noisy, probabilistic, spiking, back-fed, matching, and Boltzmann machines. */
class CellChartTest {
  private final Backend device = Backends.get("reference");
  private final Setup setup = Setup.of(device, DType.F64, 3);

  private Tensor numbers(double[] v, int... dims) {
    return Tensor.of(device, v, dims);
  }

  private static void refused(String argument, Runnable call) {
    AdjointException e = assertThrows(AdjointException.class, call::run);
    assertEquals(argument, e.argument(), e.getMessage());
  }

  @Test
  void noiseHasItsDeviationInTrainingOnly() {
    GaussianNoise noise = new GaussianNoise(setup, 0.5);
    Variable x = Variable.of(Tensor.zeros(device, DType.F64, 4000));
    double mean = noise.forward(x).mean().item();
    double square = noise.forward(x).square().mean().item();
    // four deviations of the estimates
    assertEquals(0, mean, 4 * 0.5 / Math.sqrt(4000));
    assertEquals(0.25, square, 4 * 0.25 * Math.sqrt(2.0 / 4000));
    noise.eval();
    assertEquals(x, noise.forward(x));
    assertEquals("GaussianNoise(0.5)", noise.toString());
    refused("deviation", () -> new GaussianNoise(setup, -1));
    refused("deviation", () -> new GaussianNoise(setup, Double.POSITIVE_INFINITY));
  }

  @Test
  void noiseIsTheFormulaOfBoxAndMullerAddedAndHasNoGradientOfItsOwn() {
    GaussianNoise noise = new GaussianNoise(setup, 0.5);
    long seed = noise.streams().get("noise").seed();
    double[] v = {-2, 0.25, 3, 4, -5, 6};
    Variable x = Variable.parameter(numbers(v, 6));
    Variable y = noise.forward(x);
    for (int i = 0; i < v.length; i++) {
      int pair = i / 2 * 2;
      double u = ((Philox.word(seed, pair) >>> 9) + 0.5) * 0x1p-23;
      // The quadrants run around their middles, in steps of 2⁻²⁴.
      double turn = Philox.word(seed, pair + 1) * (Math.PI * 0x1p-31) - Math.PI / 4;
      double z = Math.sqrt(-2 * Math.log(u)) * (i == pair ? Math.cos(turn) : Math.sin(turn));
      // float32 numbers of at most 6 from functions within 4 ulp
      assertEquals(v[i] + 0.5 * z, y.value().get(i), 8 * 0.5 * 6 * 0x1p-24);
    }
    Variable slope = Variable.of(numbers(new double[] {1, -2, 3, 0, 5, 6}, 6));
    y.mul(slope).sum().backward();
    assertArrayEquals(slope.value().toDoubleArray(), x.grad().toDoubleArray());
  }

  @Test
  void drawsAreZeroOrOneWithTheGradientOfTheirProbability() {
    StochasticBinary cell = new StochasticBinary(setup);
    double[] v = new double[4000];
    Arrays.fill(v, Math.log(3));
    Variable x = Variable.parameter(numbers(v, 4000));
    Variable y = cell.forward(x);
    double ones = 0;
    for (double drawn : y.value().toDoubleArray()) {
      assertTrue(drawn == 0 || drawn == 1);
      ones += drawn;
    }
    assertEquals(0.75, ones / 4000, 4 * Math.sqrt(0.75 * 0.25 / 4000));
    y.sum().backward();
    assertEquals(0.1875, Objects.requireNonNull(x.grad()).get(0), 1e-12);
    cell.eval();
    assertEquals(0.75, cell.forward(x).value().get(0), 1e-12);
  }

  @Test
  void aCellFiresAtItsThreshold() {
    LeakyIntegrateAndFire cell = new LeakyIntegrateAndFire(0.5, 1, 2);
    Variable x = Variable.parameter(numbers(new double[] {0.5, 1, 2}, 3));
    Variable u = Variable.of(numbers(new double[] {0.5, 0, 0}, 3));
    LeakyIntegrateAndFire.Step step = cell.forward(x, u);
    assertArrayEquals(new double[] {0, 1, 1}, step.spikes().value().toDoubleArray());
    assertArrayEquals(new double[] {0.75, 0, 1}, step.potential().value().toDoubleArray());
    step.spikes().sum().backward();
    double[] gradient = Objects.requireNonNull(x.grad()).toDoubleArray();
    // 1/(1 + 2·0.25)², 1, 1/(1 + 2)²
    assertArrayEquals(new double[] {1 / 2.25, 1, 1.0 / 9}, gradient, 1e-12);
    assertEquals("LeakyIntegrateAndFire(0.9, 1.0)", new LeakyIntegrateAndFire(0.9).toString());
    refused("decay", () -> new LeakyIntegrateAndFire(1.5));
    refused("threshold", () -> new LeakyIntegrateAndFire(0.5, 0, 1));
    refused("slope", () -> new LeakyIntegrateAndFire(0.5, 1, Double.NaN));
  }

  @Test
  void anOutputComesBack() {
    BackFedCell cell = new BackFedCell(setup, 3, 4, 2);
    Variable y = Variable.of(Tensor.zeros(device, DType.F64, 5, 2));
    Variable x = Variable.of(Tensor.zeros(device, DType.F64, 5, 3));
    Variable first = cell.forward(x, y);
    Variable second = cell.forward(x, first);
    assertEquals(Shape.of(5, 2), second.shape());
    second.sum().backward();
    cell.parameters().forEach((name, p) -> assertNotNull(p.gradient(), name));
  }

  @Test
  void whatMatchesIsSilent() {
    Variable x = Variable.of(numbers(new double[] {1, 2}, 1, 2));
    assertArrayEquals(
        new double[2], new MatchInput(new Sequential()).forward(x).value().toDoubleArray());
    MatchInput relu = new MatchInput(Activation.relu());
    assertArrayEquals(new double[] {1, 2}, relu.forward(x.neg()).value().toDoubleArray());
  }

  @Test
  void contrastiveDivergenceHasHintonsGradient() {
    RestrictedBoltzmannMachine machine = new RestrictedBoltzmannMachine(setup, 3, 2);
    Variable data = Variable.of(numbers(new double[] {1, 0, 1, 0, 1, 1}, 2, 3));
    var stream = machine.streams().get("draws");
    long at = Objects.requireNonNull(stream).offset();
    Variable samples = machine.sample(data, 2);
    stream.offset(at);
    machine.contrastiveDivergence(data, 2).backward();
    double[] p = machine.forward(data).value().toDoubleArray();
    double[] q = machine.forward(samples).value().toDoubleArray();
    Tensor dw = Objects.requireNonNull(machine.parameters().get("weight").gradient());
    for (int j = 0; j < 2; j++) {
      for (int i = 0; i < 3; i++) {
        double expected = 0;
        for (int k = 0; k < 2; k++) {
          expected += q[k * 2 + j] * samples.value().get(k, i) / 2;
          expected -= p[k * 2 + j] * data.value().get(k, i) / 2;
        }
        assertEquals(expected, dw.get(j, i), 1e-12);
      }
    }
    refused("steps", () -> machine.contrastiveDivergence(data, 0));
    refused("visible", () -> new RestrictedBoltzmannMachine(setup, 0, 2));
    refused("hidden", () -> new RestrictedBoltzmannMachine(setup, 3, 0));
  }

  @Test
  void aMachineLearnsWhatItSees() {
    RestrictedBoltzmannMachine machine = new RestrictedBoltzmannMachine(setup, 4, 3);
    Sgd optimizer = new Sgd(machine, 0.5);
    Variable seen = Variable.of(numbers(new double[] {1, 1, 0, 0, 0, 0, 1, 1}, 2, 4));
    Variable unseen = Variable.of(numbers(new double[] {1, 0, 1, 0, 0, 1, 0, 1}, 2, 4));
    for (int i = 0; i < 300; i++) {
      optimizer.resetGradients();
      machine.contrastiveDivergence(seen, 1).backward();
      optimizer.step();
    }
    double familiar = machine.freeEnergy(seen).mean().item();
    assertTrue(familiar < machine.freeEnergy(unseen).mean().item() - 1);
  }
}
