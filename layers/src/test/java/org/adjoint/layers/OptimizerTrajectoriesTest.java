package org.adjoint.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Program;
import org.adjoint.autograd.capture.Session;
import org.adjoint.layers.Recorded.Block;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.layers.optim.WeightAverage;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Twenty steps of every optimizer and option beside what PyTorch recorded; eager and replayed. */
final class OptimizerTrajectoriesTest {
  private static final double EXACT = 1e-9;

  static List<Block> optimizers() {
    return Recorded.read("optimizers.txt", "optimizer");
  }

  private static Optimizer optimizer(Network network, Block block) {
    return RecordedOptimizers.of(network, block.words("optimizer").get(2), block.settings());
  }

  private static void halve(Optimizer optimizer) {
    if (optimizer.steps() == 10) {
      optimizer.learningRate(optimizer.learningRate() / 2);
    }
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void stepsFollowPyTorch(Block block) {
    for (Device device : TrajectoriesTest.devices()) {
      for (DType dtype : new DType[] {DType.F64, DType.F32}) {
        Vector vector = new Vector(device, dtype, block.settings());
        Optimizer optimizer = optimizer(vector, block);
        for (int step = 1; step <= 20; step++) {
          vector.step(optimizer);
          halve(optimizer);
          compare(block, step, device + " " + dtype, vector.values());
        }
      }
    }
  }

  private static void compare(Block block, int step, String where, double... got) {
    double[] expected = block.row("step64", step);
    double[] torch = block.row("step32", step);
    for (int i = 0; i < got.length; i++) {
      // In float32, parameters of size 1 carry an error of some units in the last place a step.
      double bound =
          where.endsWith("float64")
              ? EXACT * Math.abs(expected[i])
              : Math.max(
                  step * 0x1p-23 * Math.max(1, Math.abs(expected[i])),
                  4 * Math.abs(torch[i] - expected[i]));
      assertEquals(expected[i], got[i], bound, where + " step " + step + " element " + i);
    }
  }

  static List<Block> tables() {
    return Recorded.read("tables.txt", "optimizer");
  }

  @ParameterizedTest
  @MethodSource("tables")
  void stepsInRowsFollowPyTorch(Block block) {
    for (Device device : TrajectoriesTest.devices()) {
      Embedding table = new Embedding(Setup.of(device, DType.F64, 1), 9, 3);
      Recorded.write(Recorded.signed(302, 27), table.weight().value());
      String kind = block.words("optimizer").get(2).replace("sparse", "");
      Optimizer optimizer = RecordedOptimizers.of(table, kind, block.settings());
      optimizer.group(name -> true).sparse(true);
      for (int step = 0; step < 20; step++) {
        int[] words = new int[4];
        for (int i = 0; i < 4; i++) {
          words[i] = Integer.remainderUnsigned(Recorded.hash(310 + step, i), 9);
        }
        optimizer.resetGradients();
        Variable rows = table.forward(Tensor.of(device, words, 4));
        rows.square().mul(0.5).sum().backward();
        optimizer.step();
        if (step % 5 == 4) {
          double[] expected = block.row("step64", step / 5 + 1);
          double[] got = table.weight().value().toDoubleArray();
          for (int i = 0; i < got.length; i++) {
            assertEquals(expected[i], got[i], EXACT * Math.abs(expected[i]), "step " + step);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void replayHasTheBitsOfSteps(Block block) {
    for (Device device : TrajectoriesTest.devices()) {
      Vector straight = new Vector(device, DType.F32, block.settings());
      Optimizer optimizer = optimizer(straight, block);
      Vector recorded = new Vector(device, DType.F32, block.settings());
      Optimizer second = optimizer(recorded, block);
      Session session = Program.capture(() -> recorded.step(second)).session();
      for (int step = 1; step <= 20; step++) {
        straight.step(optimizer);
        session.run();
        halve(optimizer);
        halve(second);
        assertArrayEquals(straight.values(), recorded.values(), device + " step " + step);
      }
    }
  }

  /** Five numbers p, of two parameters, with the loss Σ a·(p − b)²/2: its gradient is a·(p − b). */
  private static final class Vector extends Network {
    private static final int[] PARTS = {0, 3, 5};

    private final List<Parameter> parameters = new ArrayList<>();
    private final List<Variable> a = new ArrayList<>();
    private final List<Variable> b = new ArrayList<>();
    private final @Nullable WeightAverage average;

    Vector(Device device, DType dtype, Map<String, String> settings) {
      double[] slopes = Recorded.unit(300, 5);
      double[] starts = Recorded.signed(302, 5);
      for (int i = 0; i < 5; i++) {
        slopes[i] += 0.5;
        starts[i] *= 2;
      }
      for (int i = 0; i < 2; i++) {
        int from = PARTS[i];
        int to = PARTS[i + 1];
        double[] goals = Arrays.copyOfRange(Recorded.signed(301, 5), from, to);
        a.add(constant(Arrays.copyOfRange(slopes, from, to), device, dtype));
        b.add(constant(goals, device, dtype));
        double[] start = Arrays.copyOfRange(starts, from, to);
        parameters.add(parameter(i == 0 ? "p" : "q", Recorded.tensor(start, device, dtype)));
      }
      String decay = settings.get("ema");
      average =
          decay != null
              ? WeightAverage.exponential(this, Double.parseDouble(decay))
              : settings.containsKey("swa") ? WeightAverage.equal(this) : null;
    }

    private static Variable constant(double[] values, Device device, DType dtype) {
      return Variable.of(Recorded.tensor(values, device, dtype));
    }

    Variable step(Optimizer optimizer) {
      optimizer.resetGradients();
      Variable loss = null;
      for (int i = 0; i < 2; i++) {
        Variable distance = parameters.get(i).variable().sub(b.get(i));
        Variable part = a.get(i).mul(0.5).mul(distance.square()).sum();
        loss = loss == null ? part : loss.add(part);
      }
      loss.backward();
      optimizer.step();
      if (average != null) {
        average.update();
      }
      return loss;
    }

    /** The parameters, or their average if there is one. */
    double[] values() {
      List<Tensor> shown = new ArrayList<>();
      if (average == null) {
        parameters.forEach(p -> shown.add(p.value()));
      } else {
        Map<String, Tensor> state = average.state();
        shown.add(state.get("average.p"));
        shown.add(state.get("average.q"));
      }
      return shown.stream().flatMapToDouble(t -> Arrays.stream(t.toDoubleArray())).toArray();
    }
  }
}
