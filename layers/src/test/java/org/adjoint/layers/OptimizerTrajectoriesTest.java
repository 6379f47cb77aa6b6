package org.adjoint.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Program;
import org.adjoint.autograd.capture.Session;
import org.adjoint.layers.Recorded.Block;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
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
        Vector vector = new Vector(device, dtype);
        Optimizer optimizer = optimizer(vector, block);
        for (int step = 1; step <= 20; step++) {
          vector.step(optimizer);
          halve(optimizer);
          compare(block, step, device + " " + dtype, vector.parameter.value().toDoubleArray());
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

  @ParameterizedTest
  @MethodSource("optimizers")
  void replayHasTheBitsOfSteps(Block block) {
    for (Device device : TrajectoriesTest.devices()) {
      Vector straight = new Vector(device, DType.F32);
      Optimizer optimizer = optimizer(straight, block);
      Vector recorded = new Vector(device, DType.F32);
      Optimizer second = optimizer(recorded, block);
      Session session = Program.capture(() -> recorded.step(second)).session();
      for (int step = 1; step <= 20; step++) {
        straight.step(optimizer);
        session.run();
        halve(optimizer);
        halve(second);
        assertArrayEquals(
            straight.parameter.value().toFloatArray(),
            recorded.parameter.value().toFloatArray(),
            device + " step " + step);
      }
    }
  }

  /** Five numbers p with the loss Σ a·(p − b)²/2, whose gradient is a·(p − b). */
  static final class Vector extends Network {
    final Parameter parameter;
    private final Variable a;
    private final Variable b;

    Vector(Device device, DType dtype) {
      double[] slopes = Recorded.unit(300, 5);
      double[] starts = Recorded.signed(302, 5);
      for (int i = 0; i < 5; i++) {
        slopes[i] += 0.5;
        starts[i] *= 2;
      }
      a = Variable.of(Recorded.tensor(slopes, device, dtype));
      b = Variable.of(Recorded.tensor(Recorded.signed(301, 5), device, dtype));
      parameter = parameter("p", Recorded.tensor(starts, device, dtype));
    }

    Variable loss() {
      Variable distance = parameter.variable().sub(b);
      return a.mul(0.5).mul(distance.square()).sum();
    }

    Variable step(Optimizer optimizer) {
      optimizer.resetGradients();
      Variable loss = loss();
      loss.backward();
      optimizer.step();
      return loss;
    }
  }
}
