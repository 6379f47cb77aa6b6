package org.adjoint.layers.train;

import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Network;
import org.adjoint.layers.data.Batch;
import org.adjoint.layers.data.DataLoader;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.loss.Loss;
import org.adjoint.layers.metrics.ConfusionMatrix;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/** Naming the class of each sample: the model gives logits [batch, classes]. */
public final class Classification implements Task {
  private final Layer model;
  private final Loss loss;
  private int[] predicted = {};
  private int[] actual = {};

  /** Creates the task with the cross-entropy. */
  public Classification(Layer model) {
    this(model, new CrossEntropy());
  }

  /** Creates the task with a loss of logits and int32 labels. */
  public Classification(Layer model, Loss loss) {
    this.model = model;
    this.loss = loss;
  }

  @Override
  public Network network() {
    return model;
  }

  @Override
  public Variable loss(Batch batch, Metrics metrics) {
    Variable logits = model.forward(Variable.of(batch.x()));
    Variable result = loss.of(logits, batch.labels());
    predict(logits.value(), batch);
    int right = 0;
    for (int i = 0; i < batch.size(); i++) {
      right += predicted[i] == actual[i] ? 1 : 0;
    }
    metrics.correct(right, batch.size());
    return result;
  }

  /** Leaves predictions and labels in the two arrays, which grow once. */
  private void predict(Tensor logits, Batch batch) {
    if (logits.rank() != 2 || logits.dim(0) != batch.size()) {
      throw new ShapeException(
          "classification",
          "logits",
          logits.shape(),
          "the model must give [" + batch.size() + ", classes]");
    }
    int n = batch.size();
    if (predicted.length < n) {
      predicted = new int[n];
      actual = new int[n];
    }
    Tensor best = Tensor.result(logits.device(), DType.I32, Shape.of(n));
    Backends.kernels(logits.device()).reductions().argReduce(true, logits, 1, best);
    best.device().download(best.storage(), best.layout().offset(), predicted, 0, n);
    Tensor labels = batch.labels();
    labels.device().download(labels.storage(), labels.layout().offset(), actual, 0, n);
  }

  /**
   * What a model did on a data set.
   *
   * @param loss mean loss a sample
   * @param accuracy share of right answers
   * @param confusion how often which class was taken for which
   * @param predicted the class given to each sample, in the order of the data set
   */
  public record Report(double loss, double accuracy, ConfusionMatrix confusion, int[] predicted) {}

  /** Runs the model in evaluation mode over one epoch of a loader. */
  public Report report(DataLoader loader) {
    ConfusionMatrix confusion = new ConfusionMatrix(loader.data().classes());
    int[] given = new int[loader.data().size()];
    Metrics metrics = new Metrics();
    boolean before = model.isTraining();
    model.eval();
    try (Graph.NoGrad _ = Graph.noGrad()) {
      for (Batch batch : loader) {
        try (Scope _ = Scope.open()) {
          metrics.loss(loss(batch, metrics).item(), batch.size());
          for (int i = 0; i < batch.size(); i++) {
            confusion.add(actual[i], predicted[i]);
            given[batch.indices()[i]] = predicted[i];
          }
        }
      }
    } finally {
      model.mode(before);
    }
    return new Report(metrics.loss(), metrics.accuracy(), confusion, given);
  }
}
