package org.adjoint.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.kernels.BinaryOp;
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
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/** The workloads as PyTorch was asked about them, their parameters in PyTorch's order. */
final class TrajectoryModels {
  /** Parameters in PyTorch's order, the recipe still to be written into them, and a step. */
  record Trained(List<Parameter> parameters, StepWorkload.Step step) {
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
          Map.entry("seq2seq", TrajectoryModels::seq2seq),
          Map.entry("autoencoder", TrajectoryModels::autoencoder),
          Map.entry("vae", TrajectoryModels::vae),
          Map.entry("gan", TrajectoryModels::gan),
          Map.entry("dqn", TrajectoryModels::dqn),
          Map.entry("word2vec", TrajectoryModels::word2vec),
          Map.entry("infer_mlp_b1", s -> observed(Models.mlp(s))),
          Map.entry("infer_lenet_b1", s -> observed(Models.lenet5(s))));

  private TrajectoryModels() {}

  /**
   * Builds a workload.
   *
   * @throws NullPointerException if there is none of that name
   */
  static Trained build(String name, Setup setup) {
    return Objects.requireNonNull(WORKLOADS.get(name), name).apply(setup);
  }

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
    Trajectory.write(new double[] {1, 0, 0, 0, 0, 0}, truth);
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
}
