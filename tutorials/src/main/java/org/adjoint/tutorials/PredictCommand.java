package org.adjoint.tutorials;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Softmax;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Inference;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Setup;
import org.adjoint.layers.data.Mnist;
import org.adjoint.layers.io.Checkpoint;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Names the digit in a picture. */
@Command(
    name = "predict",
    description = "Name the digit in a picture, with the probability of each.",
    mixinStandardHelpOptions = true)
final class PredictCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "CHECKPOINT",
      description = "A model.safetensors that adjoint train mlp or lenet5 has left.")
  private Path checkpoint = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "IMAGE",
      description = "A PNG, JPEG, GIF or BMP of one digit, dark on light or reverse.")
  private Path image = Path.of("");

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "cpu or reference (default: ${DEFAULT-VALUE}).",
      defaultValue = "cpu")
  private String device = "cpu";

  @Override
  public Integer call() throws IOException {
    CommandOutput.requireDevice(spec, device);
    String name = Checkpoint.metadata(checkpoint).getOrDefault("model", "");
    Program program = Programs.find(name);
    if (program == null || program.kind() != Program.Kind.CLASSIFIER) {
      throw new IOException(
          checkpoint
              + ": it holds "
              + (name.isEmpty() ? "no model of this command" : "the model " + name)
              + ", which names no digits; use the checkpoint of adjoint train mlp or lenet5");
    }
    Backend backend = Backends.get(device);
    Layer model = program.model().apply(Setup.of(backend, DType.F32, 0));
    Checkpoint.load(checkpoint, model);
    float[] ink = DigitImage.read(image);
    for (int i = 0; i < ink.length; i++) {
      ink[i] = (float) ((ink[i] - Mnist.MEAN) / Mnist.DEVIATION);
    }
    int[] dims = program == Program.MLP ? new int[] {1, 784} : new int[] {1, 1, 28, 28};
    Tensor logits = Inference.of(model).apply(Tensor.of(backend, ink, dims));
    float[] p;
    try (Graph.NoGrad _ = Graph.noGrad()) {
      p = Softmax.softmax(Variable.of(logits), 1).value().toFloatArray();
    }
    PrintWriter out = CommandOutput.of(spec);
    int[] order =
        IntStream.range(0, p.length)
            .boxed()
            .sorted(Comparator.comparingDouble(d -> -p[d]))
            .mapToInt(Integer::intValue)
            .toArray();
    for (int digit : order) {
      out.printf(
          Locale.ROOT,
          "%d %6.2f %% %s%n",
          digit,
          100 * p[digit],
          "#".repeat(Math.round(40 * p[digit])));
    }
    out.flush();
    return 0;
  }
}
