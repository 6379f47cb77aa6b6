package org.adjoint.tutorials;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.capture.Phase;
import org.adjoint.autograd.capture.Placeholder;
import org.adjoint.autograd.capture.ProgramGraph;
import org.adjoint.autograd.view.ProgramPage;
import org.adjoint.autograd.view.ProgramTable;
import org.adjoint.bench.Workload;
import org.adjoint.bench.Workloads;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Setup;
import org.adjoint.layers.data.Images;
import org.adjoint.layers.data.Mnist;
import org.adjoint.layers.loss.BinaryCrossEntropyWithLogits;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.loss.Loss;
import org.adjoint.layers.train.TrainingStep;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the captured program of a model. */
@Command(
    name = "graph",
    description = {
      "Show what a training step of a model comes down to: its kernel calls with shapes, flops and"
          + " bytes, what was joined, what is saved for backward, and where everything lies.",
      "adjoint list names the models; the workloads of adjoint bench have graphs, too."
    },
    mixinStandardHelpOptions = true)
final class GraphCommand implements Callable<Integer> {
  private static final int MOST = 1 << 16;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "NAME",
      description = "A model, such as lenet5, or a workload, such as resnet20.")
  private String name = "";

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Draw it as well: one page with pictures, no network needed.")
  private @Nullable Path html;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Digits in a step of a model (default: that of training).")
  private @Nullable Integer batch;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "cpu or reference (default: ${DEFAULT-VALUE}).",
      defaultValue = "cpu")
  private String device = "cpu";

  @Option(names = "--inference", description = "The model alone, without gradients and update.")
  private boolean inference;

  @Override
  public Integer call() throws IOException {
    Program program = Programs.find(name);
    boolean known = program != null || Workloads.names().contains(name);
    CommandOutput.require(
        spec, known, "unknown model '" + name + "'; known are " + String.join(", ", names()));
    CommandOutput.require(
        spec,
        batch == null || (batch >= 1 && batch <= MOST),
        "--batch is " + batch + "; it must be from 1 to " + MOST);
    CommandOutput.requireDevice(spec, device);
    CommandOutput.requireWritable(html);
    Backend backend = Backends.get(device);
    ProgramGraph graph = program == null ? workload(backend) : capture(program, backend);
    String title =
        String.format(
            "%s, %s, batch %d, on %s",
            name,
            graph.nodes(Phase.BACKWARD).isEmpty() ? "inference" : "a training step",
            graph.values(ProgramGraph.Kind.INPUT).getFirst().shape().dim(0),
            device);
    String summary =
        program == null ? "the workload of adjoint bench --workload " + name : program.summary();
    PrintWriter out = CommandOutput.of(spec);
    out.println(title);
    out.println(summary);
    out.println();
    out.print(ProgramTable.of(graph));
    out.flush();
    if (html != null) {
      Files.writeString(html, ProgramPage.of(graph, title, summary));
    }
    return 0;
  }

  private static Set<String> names() {
    Set<String> names = new LinkedHashSet<>(Programs.names());
    names.addAll(Workloads.names());
    return names;
  }

  private ProgramGraph workload(Backend backend) {
    CommandOutput.require(
        spec, batch == null, "--batch: the batches of " + name + " are those of adjoint bench");
    Workload workload = Workloads.create(name, backend);
    ProgramGraph graph = inference ? workload.inference() : workload.graph();
    CommandOutput.require(
        spec, graph != null, "--inference: a step of " + name + " is more than a model and a loss");
    return Objects.requireNonNull(graph);
  }

  /** One empty digit. */
  private static Mnist digit() {
    int side = 28;
    Images one = Images.of(new byte[side * side], new byte[1], side, side, 10);
    return new Mnist(one, one);
  }

  private ProgramGraph capture(Program program, Backend backend) {
    int n = batch == null ? program.batch() : batch;
    Layer model = program.model().apply(Setup.of(backend, DType.F32, 0));
    // Only the shape of the digits counts; the form that the model takes says what it is.
    int[] dims = program.view().apply(digit()).test().shape().insert(0, n).toArray();
    Tensor x = Tensor.zeros(backend, DType.F32, dims);
    if (inference) {
      model.eval();
      Placeholder in = Placeholder.like("x", x);
      try (Graph.NoGrad _ = Graph.noGrad()) {
        return org.adjoint.autograd.capture.Program.capture(() -> model.forward(in.variable()), in)
            .graph(model.tensors());
      }
    }
    boolean names = program.kind() == Program.Kind.CLASSIFIER;
    Loss loss = names ? new CrossEntropy() : BinaryCrossEntropyWithLogits.mean();
    Tensor target = names ? Tensor.zeros(backend, DType.I32, n) : x;
    return TrainingStep.capture(
            model, loss, program.optimizer().apply(model, program.rate()), x, target)
        .graph();
  }
}
