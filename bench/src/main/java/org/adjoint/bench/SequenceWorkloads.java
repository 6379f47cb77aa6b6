package org.adjoint.bench;

import java.util.Arrays;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.layers.Gru;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Lstm;
import org.adjoint.layers.RecurrentOptions;
import org.adjoint.layers.Rnn;
import org.adjoint.layers.Setup;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.loss.Loss;
import org.adjoint.layers.models.CharModel;
import org.adjoint.layers.models.Seq2Seq;
import org.adjoint.layers.models.SkipGram;
import org.adjoint.layers.optim.Adam;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.tensor.Tensor;

/** The workloads that read sequences and words. */
final class SequenceWorkloads {
  private static final double ADAM_RATE = 1e-3;

  private SequenceWorkloads() {}

  /** A model of characters by its name: {@code char_rnn}, {@code char_gru} or {@code char_lstm}. */
  static Workload character(String name, Backend backend) {
    RecurrentOptions two = RecurrentOptions.DEFAULT.layers(2);
    CharModel.Network network =
        switch (name) {
          case "char_rnn" -> (s, inputs, units) -> new Rnn(s, inputs, units, false, two);
          case "char_gru" -> (s, inputs, units) -> new Gru(s, inputs, units, two);
          default -> (s, inputs, units) -> new Lstm(s, inputs, units, two);
        };
    CharModel model = new CharModel(Workloads.setup(backend), network, 96, 64, 256);
    Tensor[] text = Workloads.tokens(backend, 96, 0, 32, 64);
    Tensor[] next = Workloads.tokens(backend, 96, 1, 32, 64);
    return new TrainingWorkload(name, model, everyStep(), new Adam(model, ADAM_RATE), text, next);
  }

  /** The mean of the cross-entropy over all steps of all sequences. */
  private static Loss everyStep() {
    CrossEntropy each = new CrossEntropy();
    return (y, target) -> each.of(y.reshape(-1, y.shape().dim(2)), target.reshape(target.size()));
  }

  /** Reads letters and, behind them in the same tensor, the phonemes written so far. */
  private static final class Reader extends Layer {
    private static final int LETTERS = 12;

    private final Seq2Seq model;

    Reader(Setup setup) {
      model = child("model", new Seq2Seq(setup, 30, 42, 64, 256));
    }

    @Override
    public Variable forward(Variable x) {
      Tensor all = x.value();
      return model.forward(all.slice(1, 0, LETTERS, 1), all.slice(1, LETTERS, all.dim(1), 1));
    }
  }

  static Workload seq2seq(Backend backend) {
    Reader model = new Reader(Workloads.setup(backend));
    Tensor[] words = Workloads.tokens(backend, 30, 0, 64, 22);
    Tensor[] next = Workloads.tokens(backend, 42, 1, 64, 10);
    return new TrainingWorkload(
        "seq2seq", model, everyStep(), new Adam(model, ADAM_RATE), words, next);
  }

  /** Scores, from one tensor, the word of column 0 with the others. */
  private static final class Scorer extends Layer {
    private final SkipGram model;

    Scorer(Setup setup) {
      model = child("model", new SkipGram(setup, 10_000, 100));
    }

    @Override
    public Variable forward(Variable x) {
      Tensor all = x.value();
      return model.forward(all.select(1, 0), all.slice(1, 1, all.dim(1), 1));
    }
  }

  static Workload word2vec(Backend backend) {
    Scorer model = new Scorer(Workloads.setup(backend));
    Tensor[] words = Workloads.tokens(backend, 10_000, 0, 1024, 7);
    // The first candidate is a neighbour, the other five are not.
    Tensor truth = Tensor.of(backend, new float[] {1, 0, 0, 0, 0, 0}, 6);
    Tensor[] targets = new Tensor[Workload.BATCHES];
    Arrays.fill(targets, truth);
    Loss loss =
        (scores, target) ->
            Elementwise.binary(BinaryOp.BCE_LOGITS, scores, Variable.of(target)).sum(1).mean();
    return new TrainingWorkload("word2vec", model, loss, new Sgd(model, 0.025, 0), words, targets);
  }
}
