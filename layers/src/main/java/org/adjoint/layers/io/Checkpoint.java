package org.adjoint.layers.io;

import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.adjoint.autograd.RandomStream;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Network;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A network in a safetensors file: its parameters and buffers by their dotted names, and the
 * positions of its random streams among the metadata.
 */
public final class Checkpoint {
  private static final String STREAM = "stream.";

  private Checkpoint() {}

  /**
   * Saves a network, whole or not at all.
   *
   * @param metadata free strings, such as the model's name
   * @throws CheckpointException if the file cannot be written
   */
  public static void save(Path file, Network network, Map<String, String> metadata) {
    Safetensors.write(file, network.tensors(), metadata(network, metadata));
  }

  /** Returns the given strings and the positions of the network's random streams. */
  public static Map<String, String> metadata(Network network, Map<String, String> metadata) {
    LinkedHashMap<String, String> all = new LinkedHashMap<>(metadata);
    network.streams().forEach((name, s) -> all.put(STREAM + name, s.seed() + ":" + s.offset()));
    return all;
  }

  /**
   * Loads a network: every parameter and buffer, or nothing at all.
   *
   * @param network made like the saved one; its values are replaced
   * @return the metadata
   * @throws CheckpointException if the file is not readable, or its names, shapes or types are not
   *     those of the network, or the network belongs to an inference
   */
  public static Map<String, String> load(Path file, Network network) {
    Map<String, Tensor> own = network.tensors();
    Device device =
        own.values().stream()
            .findFirst()
            .map(Tensor::device)
            .orElseThrow(
                () ->
                    new CheckpointException(
                        "load", file.toString(), "meant for " + network, "it has no parameters"));
    Safetensors.Contents contents = Safetensors.read(file, device);
    restore(file, network, contents.tensors(), contents.metadata());
    return contents.metadata();
  }

  /** Reads the metadata only: what model a file is of. */
  public static Map<String, String> metadata(Path file) {
    return Safetensors.readMetadata(file);
  }

  /**
   * Puts tensors back into a network, all or none.
   *
   * @param file for messages
   * @throws CheckpointException if they do not fit
   */
  public static void restore(
      Path file, Network network, Map<String, Tensor> tensors, Map<String, String> metadata) {
    Map<String, Tensor> own = network.tensors();
    requireOpen(file.toString(), network);
    own.forEach((name, t) -> requireLike(file, name, t, tensors));
    for (String name : tensors.keySet()) {
      if (!own.containsKey(name)) {
        throw new CheckpointException(
            "load",
            file.toString(),
            "a checkpoint with a tensor \"" + name + "\"",
            "the network has none of that name; was it saved from another model?");
      }
    }
    IdentityHashMap<RandomStream, Long> positions = new IdentityHashMap<>();
    network
        .streams()
        .forEach((name, s) -> positions.put(s, position(file, s, metadata.get(STREAM + name))));
    own.forEach((name, t) -> copy(Objects.requireNonNull(tensors.get(name)), t));
    positions.forEach(RandomStream::offset);
  }

  /** Refuses a network that may not change. */
  static void requireOpen(String file, Network network) {
    if (network.isSealed()) {
      throw new CheckpointException(
          "load", file, "meant for an Inference", "it never changes; use a new network");
    }
  }

  static void copy(Tensor from, Tensor to) {
    Backends.kernels(to.device()).elementwise().copy(from, to);
  }

  private static void requireLike(Path file, String name, Tensor own, Map<String, Tensor> tensors) {
    Tensor saved = tensors.get(name);
    if (saved == null || !saved.shape().equals(own.shape()) || saved.dtype() != own.dtype()) {
      throw new CheckpointException(
          "load",
          file.toString(),
          saved == null
              ? "a checkpoint without \"" + name + "\""
              : "a checkpoint whose \"" + name + "\" is " + saved.dtype() + saved.shape(),
          "the network's is " + own.dtype() + own.shape() + "; was it saved from another model?");
    }
  }

  /** Returns a stream's saved position, or the present one if another stream was saved. */
  private static long position(Path file, RandomStream stream, @Nullable String saved) {
    String seed = stream.seed() + ":";
    if (saved == null || !saved.startsWith(seed)) {
      return stream.offset();
    }
    try {
      return Long.parseLong(saved.substring(seed.length()));
    } catch (NumberFormatException e) {
      throw new CheckpointException("load", file.toString(), e, "its metadata is damaged");
    }
  }
}
