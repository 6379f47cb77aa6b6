package foreign;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Activation;
import org.adjoint.layers.Inference;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.io.Checkpoint;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.optim.Adam;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;

/**
 * Tells the inside of a circle from its outside; saves what it learned, loads it, and asks again.
 */
public final class Main {
  private static final int POINTS = 256;

  private Main() {}

  /** Runs; the one argument names the checkpoint. */
  public static void main(String[] args) {
    Device device = Backends.get("cpu");
    require(
        ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(),
        "the CPU backend's module brings the Vector API without a flag");

    SplittableRandom random = new SplittableRandom(1);
    float[] points = new float[2 * POINTS];
    int[] inside = new int[POINTS];
    for (int i = 0; i < POINTS; i++) {
      points[2 * i] = (float) random.nextDouble(-1, 1);
      points[2 * i + 1] = (float) random.nextDouble(-1, 1);
      inside[i] = Math.hypot(points[2 * i], points[2 * i + 1]) < 0.75 ? 1 : 0;
    }
    Tensor x = Tensor.of(device, points, POINTS, 2);
    Tensor y = Tensor.of(device, inside, POINTS);

    Sequential model = model(device, 7);
    Adam optimizer = new Adam(model, 0.02);
    for (int step = 0; step < 300; step++) {
      try (var _ = Scope.open()) {
        optimizer.resetGradients();
        new CrossEntropy().of(model.forward(Variable.of(x)), y).backward();
        optimizer.step();
      }
    }
    float[] trained = Inference.of(model).apply(x).toFloatArray();
    int right = 0;
    for (int i = 0; i < POINTS; i++) {
      right += (trained[2 * i + 1] > trained[2 * i] ? 1 : 0) == inside[i] ? 1 : 0;
    }
    require(right > 0.95 * POINTS, right + " of " + POINTS + " points are told right");

    Path file = Path.of(args[0]);
    Checkpoint.save(file, model, Map.of("model", "circle"));
    Sequential other = model(device, 8);
    require(Checkpoint.load(file, other).get("model").equals("circle"), "the metadata is back");
    float[] loaded = Inference.of(other).apply(x).toFloatArray();
    require(Arrays.equals(trained, loaded), "the loaded model answers with the same bits");
  }

  private static Sequential model(Device device, long seed) {
    Setup setup = Setup.of(device, DType.F32, seed);
    return new Sequential(new Linear(setup, 2, 32), Activation.tanh(), new Linear(setup, 32, 2));
  }

  private static void require(boolean condition, String claim) {
    System.out.println((condition ? "holds: " : "FAILS: ") + claim);
    if (!condition) {
      System.exit(1);
    }
  }
}
