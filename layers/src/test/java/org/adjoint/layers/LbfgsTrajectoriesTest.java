package org.adjoint.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Recorded.Block;
import org.adjoint.layers.optim.Lbfgs;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Twenty steps of L-BFGS beside what PyTorch recorded. */
final class LbfgsTrajectoriesTest {
  static List<Block> runs() {
    return Recorded.read("lbfgs.txt", "optimizer");
  }

  /** Rosenbrock's function of five numbers, in two parameters. */
  private static final class Valley extends Network {
    final Parameter parameter;

    Valley(Device device) {
      double[] starts = Recorded.signed(302, 5);
      for (int i = 0; i < 5; i++) {
        starts[i] *= 2;
      }
      parameter = parameter("p", Recorded.tensor(starts, device, DType.F64));
    }

    Variable loss() {
      Variable p = parameter.variable();
      Variable low = p.slice(0, 0, 4);
      Variable bend = p.slice(0, 1, 5).sub(low.square()).square().mul(100);
      return bend.add(low.neg().add(1).square()).sum();
    }
  }

  private static Lbfgs optimizer(Network network, Map<String, String> s) {
    Lbfgs optimizer = new Lbfgs(network, Double.parseDouble(s.get("lr")));
    optimizer.limits(
        Integer.parseInt(s.getOrDefault("history_size", "100")),
        Integer.parseInt(s.get("max_iter")));
    return s.containsKey("line_search_fn") ? optimizer.strongWolfe() : optimizer;
  }

  @ParameterizedTest
  @MethodSource("runs")
  void stepsFollowPyTorch(Block block) {
    for (Device device : TrajectoriesTest.devices()) {
      Valley valley = new Valley(device);
      Lbfgs optimizer = optimizer(valley, block.settings());
      for (int step = 1; step <= 20; step++) {
        double loss = optimizer.step(valley::loss);
        double expected = block.row("loss64", step)[0];
        // The valley is curved: from the middle of the way roundings grow a thousandfold.
        assertEquals(expected, loss, 1e-7 * Math.abs(expected) + 1e-18, block + " step " + step);
        assertArrayEquals(
            block.row("step64", step),
            valley.parameter.value().toDoubleArray(),
            1e-8,
            block + " step " + step);
      }
    }
  }

  @Test
  void restoredStateGoesOnWithTheSameBits() {
    Device device = Backends.get("reference");
    Map<String, String> settings = runs().getFirst().settings();
    Valley straight = new Valley(device);
    Lbfgs first = optimizer(straight, settings);
    Valley resumed = new Valley(device);
    Lbfgs second = optimizer(resumed, settings);
    for (int i = 0; i < 3; i++) {
      first.step(straight::loss);
      second.step(resumed::loss);
    }
    Lbfgs third = optimizer(resumed, settings);
    third.restore(second.state());
    first.step(straight::loss);
    third.step(resumed::loss);
    assertArrayEquals(
        straight.parameter.value().toDoubleArray(), resumed.parameter.value().toDoubleArray());
    assertEquals("Lbfgs(1.0, strong Wolfe)", third.toString());
    assertEquals("Lbfgs(0.5)", new Lbfgs(resumed, 0.5).toString());
    assertThrows(ArgumentException.class, () -> third.restore(Map.of()));
  }

  @Test
  void whatTheLossDoesNotUseStays() {
    Device device = Backends.get("reference");
    Setup setup = Setup.of(device, DType.F64, 1);
    Linear used = new Linear(setup, 1, 1);
    Linear unused = new Linear(setup, 1, 1);
    Sequential both = new Sequential(used, unused);
    double[] before = unused.weight().value().toDoubleArray();
    Lbfgs optimizer = new Lbfgs(both, 1).strongWolfe();
    Variable x = Variable.of(Recorded.tensor(new double[] {2}, device, DType.F64).reshape(1, 1));
    double first = optimizer.step(() -> used.forward(x).square().sum());
    double second = optimizer.step(() -> used.forward(x).square().sum());
    assertTrue(second < 1e-10 && second < first);
    assertArrayEquals(before, unused.weight().value().toDoubleArray());
  }

  /**
   * Along a line on which it falls for ever, the search gives up at the lowest point that it saw.
   */
  @Test
  void aSearchWithoutEndStops() {
    Valley valley = new Valley(Backends.get("reference"));
    Lbfgs optimizer = new Lbfgs(valley, 1).strongWolfe().limits(5, 4);
    double[] before = valley.parameter.value().toDoubleArray();
    optimizer.step(() -> valley.parameter.variable().sum());
    double[] after = valley.parameter.value().toDoubleArray();
    assertTrue(after[0] < before[0]);
  }

  @Test
  void aStepEndsWhereItIsFlat() {
    Valley valley = new Valley(Backends.get("reference"));
    Lbfgs optimizer = new Lbfgs(valley, 1).strongWolfe().tolerances(1e300, 0);
    double[] before = valley.parameter.value().toDoubleArray();
    optimizer.step(valley::loss);
    assertArrayEquals(before, valley.parameter.value().toDoubleArray());
    assertThrows(ArgumentException.class, () -> new Lbfgs(valley, 0));
    assertThrows(ArgumentException.class, () -> optimizer.limits(0, 1));
    valley.trainable(false);
    assertThrows(ArgumentException.class, () -> new Lbfgs(valley, 1));
  }
}
