package org.adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Philox;
import org.adjoint.layers.Gru;
import org.adjoint.layers.Inference;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Lstm;
import org.adjoint.layers.Network;
import org.adjoint.layers.Parameter;
import org.adjoint.layers.RecurrentOptions;
import org.adjoint.layers.Rnn;
import org.adjoint.layers.Setup;
import org.adjoint.layers.loss.BinaryCrossEntropyWithLogits;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.loss.Loss;
import org.adjoint.layers.models.CharModel;
import org.adjoint.layers.models.DeepQ;
import org.adjoint.layers.models.Gan;
import org.adjoint.layers.models.Models;
import org.adjoint.layers.models.Seq2Seq;
import org.adjoint.layers.models.SkipGram;
import org.adjoint.layers.models.Vae;
import org.adjoint.layers.optim.Adam;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Ten steps of each of the sixteen workloads beside those that PyTorch recorded (workloads.py in
 * src/test/python says how and from which numbers): in float64 to one part in 10⁹; in float32 at
 * most four times as far from float64 as PyTorch is, or one part in 10⁵.
 */
final class WorkloadTrajectoriesTest {
  /** Parameters in PyTorch's order, the recipe still to be written into them, and a step. */
  private record Trained(List<Parameter> parameters, StepWorkload.Step step) {
    Trained(Network network, StepWorkload.Step step) {
      this(List.copyOf(network.parameters().values()), step);
    }
  }

  private static final RecurrentOptions TWO = RecurrentOptions.DEFAULT.layers(2);

  private static final Map<String, Function<Setup, Trained>> WORKLOADS =
      Map.ofEntries(
          Map.entry("mlp", s -> classifier(Models.mlp(s), 0.01)),
          Map.entry("mlp_fat", s -> classifier(Models.mlpFat(s), 0.01)),
          Map.entry("lenet5", s -> classifier(Models.lenet5(s), 0.01)),
          Map.entry("resnet20", s -> classifier(Models.resnet20(s), 0.001)),
          Map.entry("char_rnn", s -> characters(s, (t, in, n) -> new Rnn(t, in, n, false, TWO))),
          Map.entry("char_gru", s -> characters(s, (t, in, n) -> new Gru(t, in, n, TWO))),
          Map.entry("char_lstm", s -> characters(s, (t, in, n) -> new Lstm(t, in, n, TWO))),
          Map.entry("gpt", s -> normsFirst(text(Models.gpt(s)))),
          Map.entry("seq2seq", WorkloadTrajectoriesTest::seq2seq),
          Map.entry("autoencoder", WorkloadTrajectoriesTest::autoencoder),
          Map.entry("vae", WorkloadTrajectoriesTest::vae),
          Map.entry("gan", WorkloadTrajectoriesTest::gan),
          Map.entry("dqn", WorkloadTrajectoriesTest::dqn),
          Map.entry("word2vec", WorkloadTrajectoriesTest::word2vec),
          Map.entry("infer_mlp_b1", s -> observed(Models.mlp(s))),
          Map.entry("infer_lenet_b1", s -> observed(Models.lenet5(s))));

  // ---- workloads ------------------------------------------------------------------------------

  private static Trained trained(
      Network network, Optimizer optimizer, Function<Variable[], Variable> loss) {
    return new Trained(
        network,
        given -> {
          optimizer.resetGradients();
          Variable result = loss.apply(given);
          result.backward();
          optimizer.step();
          return result;
        });
  }

  private static Trained classifier(Layer model, double rate) {
    Loss loss = new CrossEntropy();
    return trained(
        model, new Sgd(model, rate, 0.9), in -> loss.of(model.forward(in[0]), in[1].value()));
  }

  /** A frozen model, whose steps are forward passes; the second one and the rest are replayed. */
  private static Trained observed(Layer model) {
    Loss loss = new CrossEntropy();
    Inference frozen = model.freeze();
    return new Trained(
        model, in -> loss.of(Variable.of(frozen.apply(in[0].value())), in[1].value()));
  }

  private static Trained text(Layer model) {
    return trained(
        model, new Adam(model, 1e-3), in -> everyStep(model.forward(in[0]), in[1].value()));
  }

  /** Cross-entropy over all the steps of all the sequences. */
  private static Variable everyStep(Variable y, Tensor target) {
    return new CrossEntropy().of(y.reshape(-1, y.shape().dim(2)), target.reshape(target.size()));
  }

  private static Trained characters(Setup setup, CharModel.Network network) {
    return text(new CharModel(setup, network, 96, 64, 256));
  }

  private static Trained seq2seq(Setup setup) {
    Seq2Seq model = new Seq2Seq(setup, 30, 42, 64, 256);
    return trained(
        model,
        new Adam(model, 1e-3),
        in -> everyStep(model.forward(in[0].value(), in[1].value()), in[2].value()));
  }

  /** The peer's blocks register their two norms before the products, ours after them. */
  private static Trained normsFirst(Trained gpt) {
    List<Parameter> ours = gpt.parameters;
    List<Parameter> theirs = new ArrayList<>(ours.subList(0, 2));
    int block = 2;
    for (; block + 12 < ours.size(); block += 12) {
      theirs.addAll(ours.subList(block + 8, block + 12));
      theirs.addAll(ours.subList(block, block + 8));
    }
    theirs.addAll(ours.subList(block, ours.size()));
    return new Trained(theirs, gpt.step);
  }

  private static Trained word2vec(Setup setup) {
    SkipGram model = new SkipGram(setup, 10_000, 100);
    Tensor truth = Tensor.owned(setup.device(), setup.dtype(), Shape.of(6));
    write(new double[] {1, 0, 0, 0, 0, 0}, truth);
    return trained(
        model,
        new Sgd(model, 0.025, 0),
        in -> {
          Variable scores = model.forward(in[0].value(), in[1].value());
          return Elementwise.binary(BinaryOp.BCE_LOGITS, scores, Variable.of(truth)).sum(1).mean();
        });
  }

  private static Trained autoencoder(Setup setup) {
    Layer model = Models.autoencoder(setup);
    Loss loss = BinaryCrossEntropyWithLogits.mean();
    return trained(
        model, new Adam(model, 1e-3), in -> loss.of(model.forward(in[0]), in[0].value()));
  }

  private static Trained vae(Setup setup) {
    Vae model = Models.vae(setup);
    return trained(model, new Adam(model, 1e-3), in -> model.loss(in[0], in[1]));
  }

  private static Trained gan(Setup setup) {
    Gan model = Models.gan(setup);
    Optimizer ofGenerator = new Adam(model.generator(), 1e-3);
    Optimizer ofDiscriminator = new Adam(model.discriminator(), 1e-3);
    return new Trained(model, in -> model.step(ofGenerator, ofDiscriminator, in[0], in[1]));
  }

  private static Trained dqn(Setup setup) {
    DeepQ model = Models.dqn(setup);
    return trained(
        model,
        new Adam(model.online(), 1e-3),
        in -> model.loss(in[0], in[1].value(), in[2], in[3], in[4]));
  }

  // ---- the fixture ----------------------------------------------------------------------------

  /** The lines of a workload, each split at blanks. */
  private record Block(String name, List<String[]> lines) {
    List<String[]> all(String kind) {
      return lines.stream().filter(l -> l[0].equals(kind)).toList();
    }

    double[] losses(String kind) {
      return Arrays.stream(all(kind).getFirst()).skip(1).mapToDouble(Double::parseDouble).toArray();
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static List<Block> recorded() {
    List<Block> blocks = new ArrayList<>();
    try (InputStream in = WorkloadTrajectoriesTest.class.getResourceAsStream("workloads.txt")) {
      if (in == null) {
        throw new AssertionError("workloads.txt is not on the class path");
      }
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        String[] words = line.split(" ", -1);
        if (words[0].equals("workload")) {
          blocks.add(new Block(words[1], new ArrayList<>()));
        } else if (!words[0].equals("#")) {
          blocks.getLast().lines.add(words);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertEquals(
        Workloads.names().stream().sorted().toList(),
        blocks.stream().map(Block::name).sorted().toList());
    return blocks;
  }

  private static int[] dims(String text) {
    return Arrays.stream(text.split("x", -1)).mapToInt(Integer::parseInt).toArray();
  }

  private static double unit(int seed, int i) {
    return Philox.uniform(Philox.word(seed, i));
  }

  private static void write(double[] values, Tensor t) {
    Object array = values;
    if (t.dtype() == DType.F32) {
      float[] floats = new float[values.length];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) values[i];
      }
      array = floats;
    }
    t.device().upload(array, 0, t.storage(), t.layout().offset(), values.length);
  }

  private static void start(Block block, List<Parameter> parameters) {
    List<String[]> lines = block.all("parameter");
    assertEquals(lines.size(), parameters.size());
    for (int k = 0; k < lines.size(); k++) {
      String[] line = lines.get(k);
      Tensor value = parameters.get(k).value();
      assertEquals(Shape.of(dims(line[1])), value.shape(), block + " parameter " + k);
      double[] values = new double[value.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] =
            line[2].startsWith("=")
                ? Double.parseDouble(line[2].substring(1))
                : Double.parseDouble(line[2]) * (2 * unit(k, i) - 1);
      }
      write(values, value);
    }
  }

  private static Variable operand(Backend device, DType dtype, int seed, String... line) {
    int[] shape = dims(line[2]);
    int count = Shape.of(shape).size();
    if (line[1].startsWith("below:")) {
      int bound = Integer.parseInt(line[1].substring("below:".length()));
      int[] values = new int[count];
      Arrays.setAll(values, i -> (Philox.word(seed, i) >>> 8) % bound);
      return Variable.of(Tensor.of(device, values, shape));
    }
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      double u = unit(seed, i);
      values[i] =
          switch (line[1]) {
            case "uniform" -> u;
            case "signed" -> 2 * u - 1;
            case "rare" -> u < 0.1 ? 1 : 0;
            default -> throw new AssertionError(line[1]);
          };
    }
    Tensor t = Tensor.owned(device, dtype, Shape.of(shape));
    write(values, t);
    return Variable.of(t);
  }

  private static Variable[] operands(Backend device, DType dtype, int step, Block block) {
    List<String[]> inputs = block.all("input");
    Variable[] given = new Variable[inputs.size()];
    for (int j = 0; j < given.length; j++) {
      given[j] = operand(device, dtype, 1000 * (j + 1) + step, inputs.get(j));
    }
    return given;
  }

  static List<Block> learning() {
    return recorded().stream().filter(b -> !b.name.startsWith("infer")).toList();
  }

  /**
   * Of whole models: within 10⁻⁴ of the largest element of each gradient. Where an input of a
   * rectifier rounds to the other side of its kink, the gradient itself jumps (one of the three
   * million of resnet20 moves some elements by a hundredth of the largest, in PyTorch too); so the
   * batch is the first at which float32 finds all of them on the side where float64 finds them.
   */
  @ParameterizedTest
  @MethodSource("learning")
  void gradientsInFloatAreThoseInDouble(Block block) {
    for (int s = 0; s < block.losses("loss64").length; s++) {
      RectifierSides exactSides = new RectifierSides();
      RectifierSides singleSides = new RectifierSides();
      List<Parameter> exact = stepped(block, DType.F64, s, exactSides);
      List<Parameter> single = stepped(block, DType.F32, s, singleSides);
      if (exactSides.equals(singleSides)) {
        assertGradients(exact, single, block.name + " batch " + s);
        return;
      }
    }
    fail(block + " has no batch that keeps off the kinks of all rectifiers");
  }

  /** The parameters, with gradients, after one step from where both types start. */
  private static List<Parameter> stepped(Block block, DType dtype, int s, RectifierSides sides) {
    Backend device = Backends.get("cpu").with(sides);
    Trained trained = WORKLOADS.get(block.name).apply(Setup.of(device, dtype, 1));
    start(block, trained.parameters);
    for (Parameter p : trained.parameters) {
      write(singles(p.value()), p.value());
    }
    try (Scope _ = Scope.open()) {
      trained.step.run(operands(device, dtype, s, block));
    }
    return trained.parameters;
  }

  private static void assertGradients(List<Parameter> exact, List<Parameter> single, String what) {
    int compared = 0;
    for (int k = 0; k < exact.size(); k++) {
      Tensor e = exact.get(k).gradient();
      Tensor f = single.get(k).gradient();
      assertEquals(e == null, f == null, what + " gradient of parameter " + k);
      if (e != null) {
        assertNear(e.toDoubleArray(), f.toDoubleArray(), what + " parameter " + k);
        compared++;
      }
    }
    assertTrue(compared > 0, what + " has no gradients");
  }

  private static double[] singles(Tensor t) {
    return Arrays.stream(t.toDoubleArray()).map(v -> (float) v).toArray();
  }

  private static void assertNear(double[] exact, double[] single, String what) {
    double bound = 1e-4 * Arrays.stream(exact).map(Math::abs).max().orElse(0);
    for (int i = 0; i < exact.length; i++) {
      assertEquals(exact[i], single[i], bound, what);
    }
  }

  @ParameterizedTest
  @MethodSource("recorded")
  void tenStepsFollowPyTorch(Block block) {
    Backend device = Backends.get("cpu");
    double[] exact = block.losses("loss64");
    double[] torch = block.losses("loss32");
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      Trained trained = WORKLOADS.get(block.name).apply(Setup.of(device, dtype, 1));
      start(block, trained.parameters);
      for (int s = 0; s < exact.length; s++) {
        Variable[] given = operands(device, dtype, s, block);
        double bound =
            dtype == DType.F64
                ? 1e-9 * Math.abs(exact[s])
                : Math.max(1e-5 * Math.abs(exact[s]), 4 * Math.abs(torch[s] - exact[s]));
        try (Scope _ = Scope.open()) {
          double loss = trained.step.run(given).item();
          assertEquals(exact[s], loss, bound, block + " " + dtype + " step " + s);
        }
      }
    }
  }
}
