package org.adjoint.layers.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.autograd.RandomStream;
import org.adjoint.layers.Network;
import org.adjoint.layers.data.Batches;
import org.adjoint.layers.io.Checkpoint;
import org.adjoint.layers.io.CheckpointException;
import org.adjoint.layers.io.Safetensors;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.Tensor;

/** A {@link Trainer} between two batches, in a safetensors file. */
final class TrainingState {
  /** Sets the optimizer's tensors apart from the network's. */
  private static final String OPTIMIZER = "optimizer:";

  /** Sets apart the tensors of a listener by its name, {@code listener:early_stopping:}. */
  private static final String LISTENER = "listener:";

  private static final String LOADER = "loader.";
  private static final String SAMPLES = "samples";
  private static final String BATCHES = "batches";
  private static final String BATCH = "batch";
  private static final String METRICS = "metrics";
  private static final String EPOCHS = "epochs_done";
  private static final String STEP = "step";
  private static final String SECONDS = "train_seconds";
  private static final String HISTORY = "history";

  private TrainingState() {}

  static void save(Path file, Trainer trainer) {
    LinkedHashMap<String, Tensor> tensors = new LinkedHashMap<>(trainer.task.network().tensors());
    trainer.optimizer.state().forEach((name, t) -> tensors.put(OPTIMIZER + name, t));
    listeners(trainer)
        .forEach((prefix, l) -> l.state().forEach((name, t) -> tensors.put(prefix + name, t)));
    LinkedHashMap<String, String> metadata = new LinkedHashMap<>();
    metadata.put(EPOCHS, String.valueOf(trainer.epochsDone));
    metadata.put(STEP, String.valueOf(trainer.progress.step));
    metadata.put(SECONDS, String.valueOf(trainer.trainSeconds));
    metadata.put(SAMPLES, String.valueOf(trainer.loader.samples()));
    metadata.put(BATCHES, String.valueOf(trainer.loader.batches()));
    metadata.put(HISTORY, new History(trainer.results, trainer.trainSeconds).csv());
    // In the middle of an epoch the data go on from its start, with the batches given passed over.
    int batch = trainer.epochsDone >= trainer.progress.epoch ? 0 : trainer.progress.batch;
    metadata.put(BATCH, String.valueOf(batch));
    metadata.put(METRICS, trainer.progress.metrics.text());
    trainer
        .loader
        .streams()
        .forEach(
            (name, s) -> {
              long at = batch == 0 ? s.offset() : trainer.epochStart.getOrDefault(name, 0L);
              metadata.put(LOADER + name, s.seed() + ":" + at);
            });
    Safetensors.write(file, tensors, Checkpoint.metadata(trainer.task.network(), metadata));
  }

  static void resume(Path file, Trainer trainer) {
    Network net = trainer.task.network();
    Tensor first = net.tensors().values().iterator().next();
    Safetensors.Contents contents = Safetensors.read(file, first.device());
    Map<String, String> metadata = contents.metadata();
    LinkedHashMap<String, Tensor> network = new LinkedHashMap<>(contents.tensors());
    Map<String, Tensor> optimizer = take(network, OPTIMIZER);
    Map<String, Map<String, Tensor>> listeners = new LinkedHashMap<>();
    listeners(trainer).forEach((prefix, l) -> listeners.put(prefix, take(network, prefix)));
    requireTaken(file, take(network, LISTENER));
    try {
      int epochs = Math.toIntExact(count(required(file, metadata, EPOCHS)));
      long step = count(required(file, metadata, STEP));
      double seconds = Double.parseDouble(required(file, metadata, SECONDS));
      requireSameEpochs(file, metadata, trainer.loader);
      int batch = batch(required(file, metadata, BATCH), trainer.loader);
      List<EpochResult> results = history(required(file, metadata, HISTORY));
      String metrics = required(file, metadata, METRICS);
      new Metrics().text(metrics);
      IdentityHashMap<RandomStream, Long> positions = new IdentityHashMap<>();
      trainer
          .loader
          .streams()
          .forEach(
              (name, s) ->
                  positions.put(s, position(file, s, required(file, metadata, LOADER + name))));
      restore(file, trainer, network, metadata, optimizer, listeners);
      positions.forEach(RandomStream::offset);
      trainer.progress.metrics.text(metrics);
      trainer.progress.batch = batch;
      trainer.progress.epoch = epochs + (batch > 0 ? 1 : 0);
      trainer.epochStart.clear();
      trainer.loader.streams().forEach((name, s) -> trainer.epochStart.put(name, s.offset()));
      trainer.epochsDone = epochs;
      trainer.progress.step = step;
      trainer.progress.learningRate = trainer.rate(Math.max(0, step - 1));
      trainer.trainSeconds = seconds;
      trainer.results.clear();
      trainer.results.addAll(results);
    } catch (NumberFormatException | ArithmeticException e) {
      throw new CheckpointException("resume", file.toString(), e, "its metadata is damaged");
    }
  }

  /** Puts back network, optimizer and listeners; if one refuses, the first two are as before. */
  private static void restore(
      Path file,
      Trainer trainer,
      Map<String, Tensor> network,
      Map<String, String> metadata,
      Map<String, Tensor> optimizer,
      Map<String, Map<String, Tensor>> listeners) {
    Network net = trainer.task.network();
    Snapshot before = Snapshot.of(net, trainer.optimizer);
    Checkpoint.restore(file, net, network, metadata);
    try {
      trainer.optimizer.restore(optimizer);
      listeners(trainer)
          .forEach(
              (prefix, l) -> {
                Map<String, Tensor> own = listeners.getOrDefault(prefix, Map.of());
                if (!own.isEmpty()) {
                  l.restore(own);
                }
              });
    } catch (AdjointException e) {
      before.restore();
      throw new CheckpointException(
          "resume", file.toString(), e, "it was saved with another optimizer or network");
    }
  }

  /**
   * The listeners by the beginnings of their tensors' names; of several alike all but the first are
   * numbered.
   */
  private static Map<String, TrainingListener> listeners(Trainer trainer) {
    LinkedHashMap<String, TrainingListener> all = new LinkedHashMap<>();
    for (TrainingListener l : trainer.listeners) {
      String prefix = LISTENER + l.stateName() + ":";
      for (int n = 2; all.containsKey(prefix); n++) {
        prefix = LISTENER + l.stateName() + " " + n + ":";
      }
      all.put(prefix, l);
    }
    return all;
  }

  /** Takes the tensors out whose names begin so, and returns them by the rest of their names. */
  private static Map<String, Tensor> take(Map<String, Tensor> from, String prefix) {
    LinkedHashMap<String, Tensor> taken = new LinkedHashMap<>();
    from.forEach(
        (name, t) -> {
          if (name.startsWith(prefix)) {
            taken.put(name.substring(prefix.length()), t);
          }
        });
    taken.keySet().forEach(name -> from.remove(prefix + name));
    return taken;
  }

  /** Refuses what no listener has taken: it would be lost. */
  private static void requireTaken(Path file, Map<String, Tensor> left) {
    if (!left.isEmpty()) {
      String name = left.keySet().iterator().next();
      throw new CheckpointException(
          "resume",
          file.toString(),
          "of a training with the listener \"" + name.split(":", 2)[0] + "\"",
          "add that listener before resuming; what it keeps would be lost");
    }
  }

  /** With other data, or other batches, what is left of an epoch would not be what was left. */
  private static void requireSameEpochs(Path file, Map<String, String> metadata, Batches loader) {
    long samples = count(required(file, metadata, SAMPLES));
    long batches = count(required(file, metadata, BATCHES));
    if (samples != loader.samples() || batches != loader.batches()) {
      throw new CheckpointException(
          "resume",
          file.toString(),
          "of a training on " + samples + " samples in " + batches + " batches",
          "the loader has "
              + loader.samples()
              + " in "
              + loader.batches()
              + "; use the data and the batch size that it was saved with");
    }
  }

  private static long count(String text) {
    long n = Long.parseLong(text);
    if (n < 0) {
      throw new NumberFormatException(text + " where a number of 0 or more must be");
    }
    return n;
  }

  private static int batch(String text, Batches loader) {
    long n = count(text);
    if (n > loader.batches()) {
      throw new NumberFormatException("batch " + n + " of " + loader.batches());
    }
    return (int) n;
  }

  private static String required(Path file, Map<String, String> metadata, String key) {
    String value = metadata.get(key);
    if (value == null) {
      throw new CheckpointException(
          "resume",
          file.toString(),
          "a file without \"" + key + "\"",
          "only what Trainer.save wrote, with the same settings, can be resumed");
    }
    return value;
  }

  private static long position(Path file, RandomStream stream, String saved) {
    String seed = stream.seed() + ":";
    if (!saved.startsWith(seed)) {
      throw new CheckpointException(
          "resume", file.toString(), "of another seed, " + saved, "use the same seeds");
    }
    return Long.parseLong(saved.substring(seed.length()));
  }

  private static List<EpochResult> history(String csv) {
    List<EpochResult> all = new ArrayList<>();
    String[] lines = csv.split("\n");
    for (int i = 1; i < lines.length; i++) {
      String[] f = lines[i].split(",", -1);
      if (f.length != 8) {
        throw new NumberFormatException("a history line of " + f.length + " fields");
      }
      all.add(
          new EpochResult(
              Integer.parseInt(f[0]),
              Long.parseLong(f[1]),
              number(f[2]),
              number(f[3]),
              number(f[4]),
              number(f[5]),
              number(f[6]),
              number(f[7])));
    }
    return all;
  }

  private static double number(String field) {
    return field.isEmpty() ? Double.NaN : Double.parseDouble(field);
  }
}
