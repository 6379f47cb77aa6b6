package org.adjoint.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Philox;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Network;
import org.adjoint.layers.Setup;
import org.adjoint.layers.loss.BinaryCrossEntropyWithLogits;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.loss.Loss;
import org.adjoint.layers.models.DeepQ;
import org.adjoint.layers.models.Gan;
import org.adjoint.layers.models.Gpt;
import org.adjoint.layers.models.Models;
import org.adjoint.layers.models.Vae;
import org.adjoint.layers.optim.Adam;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/** The models on which speed is stated, by name. */
public final class Workloads {
  private static final long SEED = 7;

  /** Rate of the classifiers' descent; their momentum is 0.9. */
  private static final double RATE = 0.01;

  private static final double ADAM_RATE = 1e-3;

  private static final Map<String, Function<Backend, Workload>> ALL = new LinkedHashMap<>();

  static {
    ALL.put("mlp", b -> classifier("mlp", b, Models.mlp(setup(b)), 128, 784));
    ALL.put("mlp_fat", b -> classifier("mlp_fat", b, Models.mlpFat(setup(b)), 128, 784));
    ALL.put("lenet5", b -> classifier("lenet5", b, Models.lenet5(setup(b)), 128, 1, 28, 28));
    ALL.put("resnet20", b -> classifier("resnet20", b, Models.resnet20(setup(b)), 64, 3, 32, 32));
    ALL.put("char_rnn", b -> SequenceWorkloads.character("char_rnn", b));
    ALL.put("char_gru", b -> SequenceWorkloads.character("char_gru", b));
    ALL.put("char_lstm", b -> SequenceWorkloads.character("char_lstm", b));
    ALL.put("gpt", Workloads::gpt);
    ALL.put("seq2seq", SequenceWorkloads::seq2seq);
    ALL.put("word2vec", SequenceWorkloads::word2vec);
    ALL.put("autoencoder", Workloads::autoencoder);
    ALL.put("vae", Workloads::vae);
    ALL.put("gan", Workloads::gan);
    ALL.put("dqn", Workloads::dqn);
    ALL.put(
        "infer_mlp_b1",
        b -> new InferenceWorkload("infer_mlp_b1", Models.mlp(setup(b)), inputs(b, 1, 784)));
    ALL.put(
        "infer_lenet_b1",
        b ->
            new InferenceWorkload(
                "infer_lenet_b1", Models.lenet5(setup(b)), inputs(b, 1, 1, 28, 28)));
  }

  private Workloads() {}

  /** Returns the names, in the order of the README's table. */
  public static List<String> names() {
    return List.copyOf(ALL.keySet());
  }

  /**
   * Builds a workload: parameters, optimizer and eight random batches.
   *
   * @throws ArgumentException if the name is unknown
   */
  public static Workload create(String name, Backend backend) {
    Function<Backend, Workload> maker = ALL.get(name);
    if (maker == null) {
      throw new ArgumentException("bench", "workload", name, "known are " + names());
    }
    return maker.apply(backend);
  }

  static Setup setup(Backend backend) {
    return Setup.of(backend, DType.F32, SEED);
  }

  private static Workload classifier(String name, Backend backend, Layer model, int... dims) {
    int batch = dims[0];
    Tensor[] labels = new Tensor[Workload.BATCHES];
    for (int b = 0; b < labels.length; b++) {
      int[] values = new int[batch];
      for (int i = 0; i < batch; i++) {
        values[i] = (i * 7 + b * 3) % 10;
      }
      labels[b] = Tensor.of(backend, values, batch);
    }
    return new TrainingWorkload(
        name, model, new CrossEntropy(), new Sgd(model, RATE, 0.9), inputs(backend, dims), labels);
  }

  private static Workload gpt(Backend backend) {
    Gpt model = Models.gpt(setup(backend));
    Tensor[] text = tokens(backend, 96, 0, 16, 128);
    Tensor[] next = tokens(backend, 96, 1, 16, 128);
    CrossEntropy each = new CrossEntropy();
    Loss loss = (y, target) -> each.of(y.reshape(16 * 128, 96), target.reshape(16 * 128));
    return new TrainingWorkload("gpt", model, loss, new Adam(model, ADAM_RATE), text, next);
  }

  /** Eight batches of numbers from 0 to below a limit. */
  static Tensor[] tokens(Backend backend, int limit, int from, int... dims) {
    Tensor[] tokens = new Tensor[Workload.BATCHES];
    for (int b = 0; b < tokens.length; b++) {
      int[] values = new int[Shape.of(dims).size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (Philox.word(SEED + b, from + i) >>> 8) % limit;
      }
      tokens[b] = Tensor.of(backend, values, dims);
    }
    return tokens;
  }

  private static Workload autoencoder(Backend backend) {
    Layer model = Models.autoencoder(setup(backend));
    Tensor[] inputs = inputs(backend, 256, 784);
    return new TrainingWorkload(
        "autoencoder",
        model,
        BinaryCrossEntropyWithLogits.mean(),
        new Adam(model, ADAM_RATE),
        inputs,
        inputs);
  }

  private static Workload vae(Backend backend) {
    Vae model = Models.vae(setup(backend));
    Optimizer optimizer = new Adam(model, ADAM_RATE);
    StepWorkload.Step step =
        given -> {
          optimizer.resetGradients();
          Variable loss = model.loss(given[0]);
          loss.backward();
          optimizer.step();
          return loss;
        };
    return new StepWorkload(
        "vae", step, batches(inputs(backend, 128, 784)), () -> names(model, Map.of("", optimizer)));
  }

  private static Workload gan(Backend backend) {
    Gan model = Models.gan(setup(backend));
    Optimizer ofGenerator = new Adam(model.generator(), ADAM_RATE);
    Optimizer ofDiscriminator = new Adam(model.discriminator(), ADAM_RATE);
    StepWorkload.Step step =
        given ->
            model.step(ofGenerator, ofDiscriminator, given[0], model.noise(backend, DType.F32, 64));
    return new StepWorkload(
        "gan",
        step,
        batches(inputs(backend, 64, 784)),
        () -> names(model, Map.of("generator.", ofGenerator, "discriminator.", ofDiscriminator)));
  }

  private static Workload dqn(Backend backend) {
    DeepQ model = Models.dqn(setup(backend));
    Optimizer optimizer = new Adam(model.online(), ADAM_RATE);
    StepWorkload.Step step =
        given -> {
          optimizer.resetGradients();
          Variable loss = model.loss(given[0], given[1].value(), given[2], given[3], given[4]);
          loss.backward();
          optimizer.step();
          return loss;
        };
    Tensor[] actions = new Tensor[Workload.BATCHES];
    Tensor[] done = new Tensor[Workload.BATCHES];
    for (int b = 0; b < actions.length; b++) {
      int[] taken = new int[64];
      float[] ended = new float[64];
      for (int i = 0; i < taken.length; i++) {
        taken[i] = Philox.word(SEED + b, i) & 1;
        ended[i] = i % 10 == b ? 1 : 0;
      }
      actions[b] = Tensor.of(backend, taken, 64, 1);
      done[b] = Tensor.of(backend, ended, 64);
    }
    Tensor[] states = inputs(backend, 64, 4);
    Tensor[] rewards = inputs(backend, 64);
    return new StepWorkload(
        "dqn",
        step,
        batches(states, actions, rewards, states, done),
        () -> names(model, Map.of("", optimizer)));
  }

  /** The tensors of a network and the state of its optimizers, these with a prefix. */
  private static Map<String, Tensor> names(Network network, Map<String, Optimizer> optimizers) {
    Map<String, Tensor> names = new LinkedHashMap<>(network.tensors());
    optimizers.forEach(
        (prefix, optimizer) -> optimizer.state().forEach((name, t) -> names.put(prefix + name, t)));
    return names;
  }

  /** The operands of each batch together. */
  private static Tensor[][] batches(Tensor[]... operands) {
    Tensor[][] batches = new Tensor[Workload.BATCHES][operands.length];
    for (int b = 0; b < batches.length; b++) {
      for (int i = 0; i < operands.length; i++) {
        batches[b][i] = operands[i][b];
      }
    }
    return batches;
  }

  /** Eight batches of uniform numbers in [0, 1). */
  private static Tensor[] inputs(Backend backend, int... dims) {
    Tensor[] inputs = new Tensor[Workload.BATCHES];
    for (int b = 0; b < inputs.length; b++) {
      inputs[b] = Tensor.owned(backend, DType.F32, Shape.of(dims));
      backend.kernels().random().uniform(SEED + b, 0, 0, 1, inputs[b]);
    }
    return inputs;
  }
}
