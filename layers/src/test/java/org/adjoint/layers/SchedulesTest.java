package org.adjoint.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Recorded.Block;
import org.adjoint.layers.optim.Plateau;
import org.adjoint.layers.optim.Schedule;
import org.adjoint.layers.optim.Schedules;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Fifty rates of every schedule beside what PyTorch recorded. */
final class SchedulesTest {
  private static final double BASE = 0.5;
  private static final double EXACT = 1e-9;

  static List<Block> schedules() {
    return Recorded.read("schedules.txt", "schedule");
  }

  private static Schedule schedule(String name) {
    return switch (name) {
      case "step" -> Schedules.step(7, 0.3);
      case "multi-step" -> Schedules.multiStep(0.2, 5, 12, 40);
      case "exponential" -> Schedules.exponential(0.93);
      case "constant" -> Schedules.constant(0.25, 6);
      case "linear" -> Schedules.linear(0.1, 1, 8);
      case "linear-down" -> Schedules.linear(1, 0.2, 30);
      case "polynomial" -> Schedules.polynomial(30, 1.7);
      case "cosine" -> Schedules.cosine(20, 0.05 / BASE);
      case "cosine-restarts" -> Schedules.cosineRestarts(9, 1, 0.05 / BASE);
      case "cosine-longer-restarts" -> Schedules.cosineRestarts(6, 2, 0);
      case "one-cycle" -> Schedules.oneCycle(51, 0.3, 25, 1e4, false);
      case "one-cycle-straight" -> Schedules.oneCycle(51, 0.4, 10, 50, true);
      case "cyclic" -> Schedules.cyclic(4, 6, 9, Schedules.Peaks.EQUAL, 1);
      case "cyclic-halved" -> Schedules.cyclic(4, 7, 7, Schedules.Peaks.HALVED, 1);
      case "cyclic-exponential" -> Schedules.cyclic(4, 7, 7, Schedules.Peaks.EXPONENTIAL, 0.95);
      case "chained" -> Schedules.constant(0.1, 4).times(Schedules.exponential(0.9));
      case "sequential" -> Schedules.linear(0.1, 1, 5).then(5, Schedules.cosine(45, 0));
      default -> throw new AssertionError(name);
    };
  }

  private static Schedule momentum(String name) {
    return switch (name) {
      case "one-cycle" -> Schedules.oneCycleMomentum(51, 0.3, 0.85, 0.95, false);
      case "one-cycle-straight" -> Schedules.oneCycleMomentum(51, 0.4, 0.7, 0.9, true);
      case "cyclic" -> Schedules.cyclicMomentum(0.8, 0.9, 6, 9, Schedules.Peaks.EQUAL, 1);
      case "cyclic-halved" -> Schedules.cyclicMomentum(0.8, 0.9, 7, 7, Schedules.Peaks.HALVED, 1);
      case "cyclic-exponential" ->
          Schedules.cyclicMomentum(0.6, 0.9, 7, 7, Schedules.Peaks.EXPONENTIAL, 0.95);
      default -> throw new AssertionError(name);
    };
  }

  private static Sgd optimizer() {
    return new Sgd(new Linear(Setup.of(Backends.get("reference"), DType.F32, 1), 1, 1), BASE);
  }

  private static Plateau plateau(String name, Sgd optimizer) {
    return switch (name) {
      case "plateau" -> new Plateau(optimizer, 0.5, 3);
      case "plateau-cool" ->
          new Plateau(optimizer, 0.3, 1).threshold(0.05, true).coolDown(4).least(0.01);
      case "plateau-max" -> new Plateau(optimizer, 0.6, 2).threshold(0.02, false).largerIsBetter();
      default -> throw new AssertionError(name);
    };
  }

  @ParameterizedTest
  @MethodSource("schedules")
  void ratesAreThoseOfPyTorch(Block block) {
    String name = block.words("schedule").get(1);
    double[] expected = block.numbers("rates");
    if (name.startsWith("plateau")) {
      Sgd optimizer = optimizer();
      Plateau plateau = plateau(name, optimizer);
      for (int t = 0; t < expected.length; t++) {
        double measure = 1 / (1 + 0.2 * t) + 0.2 * Recorded.unit(400, 50)[t];
        double before = optimizer.learningRate();
        boolean lowered = plateau.measured(name.endsWith("max") ? -measure : measure);
        assertEquals(expected[t], optimizer.learningRate(), EXACT * expected[t], name + t);
        assertEquals(before != optimizer.learningRate(), lowered);
      }
    } else {
      Schedule schedule = schedule(name);
      for (int t = 0; t < expected.length; t++) {
        double rate = BASE * schedule.factor(t, 50);
        assertEquals(expected[t], rate, EXACT * Math.abs(expected[t]) + 1e-16, name + " " + t);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("schedules")
  void momentaAreThoseOfPyTorch(Block block) {
    String name = block.words("schedule").get(1);
    if (block.has("momenta")) {
      Schedule schedule = momentum(name);
      double[] expected = block.numbers("momenta");
      for (int t = 0; t < expected.length; t++) {
        assertEquals(expected[t], schedule.factor(t, 50), EXACT, name + " " + t);
      }
    } else {
      assertThrows(AssertionError.class, () -> momentum(name));
    }
  }

  @Test
  void stretchedToEpochs() {
    Schedule schedule = Schedules.step(2, 0.5).every(10);
    assertEquals(1, schedule.factor(19, 100));
    assertEquals(0.5, schedule.factor(20, 100));
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThrows(ArgumentException.class, () -> Schedules.step(0, 0.5));
    assertThrows(ArgumentException.class, () -> Schedules.oneCycle(10, 1, 25, 1e4, true));
    assertThrows(ArgumentException.class, () -> Schedule.constant().every(0));
    assertThrows(ArgumentException.class, () -> new Plateau(optimizer(), 1, 2));
    assertThrows(ArgumentException.class, () -> new Plateau(optimizer(), 0.5, -1));
  }

  @Test
  void aCycleThatBeginsAtItsPeakHasOne() {
    for (boolean straight : new boolean[] {false, true}) {
      assertEquals(1, Schedules.oneCycle(2, 0.5, 25, 1e4, straight).factor(0, 2));
      assertEquals(1, Schedules.oneCycle(4, 0.25, 25, 1e4, straight).factor(0, 4));
      assertEquals(0.8, Schedules.oneCycleMomentum(2, 0.5, 0.8, 0.9, straight).factor(0, 2));
    }
  }
}
