package org.adjoint.layers.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Files that are there whole or not at all: written beside the target, forced to disk, then renamed
 * over it. Whatever happens on the way, a reader finds the old file or the new one.
 */
public final class AtomicFile {
  /** Writes the content. */
  @FunctionalInterface
  public interface Body {
    /** Writes everything; the channel may take less than it is given a call. */
    void write(WritableByteChannel out) throws IOException;
  }

  private AtomicFile() {}

  /**
   * Writes a file.
   *
   * @throws CheckpointException if the folder is missing or not writable, or the disk is full; the
   *     old file, if there was one, is untouched
   */
  public static void write(Path file, Body body) {
    Path target = file.toAbsolutePath();
    Path folder = target.getParent();
    if (folder == null || Files.isDirectory(target)) {
      throw new CheckpointException("save", file.toString(), "a folder", "name a file");
    }
    if (!Files.isDirectory(folder)) {
      throw new CheckpointException(
          "save", file.toString(), "in a folder that does not exist", "create " + folder);
    }
    Path temporary =
        folder.resolve(
            "."
                + target.getFileName()
                + "."
                + ProcessHandle.current().pid()
                + "-"
                + Long.toHexString(System.nanoTime())
                + ".tmp");
    try {
      try (FileChannel out =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        body.write(out);
        out.force(true);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      forceFolder(folder);
    } catch (IOException e) {
      CheckpointException failure =
          new CheckpointException(
              "save",
              file.toString(),
              e,
              "it could not be written; check that " + folder + " is writable and has room");
      delete(temporary, failure);
      throw failure;
    } catch (RuntimeException | Error e) {
      delete(temporary, e);
      throw e;
    }
  }

  /** Writes a text in UTF-8, as {@link #write}. */
  public static void write(Path file, String text) {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    write(file, out -> writeFully(out, bytes));
  }

  /** Writes all of a buffer. */
  static void writeFully(WritableByteChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  private static void delete(Path temporary, @Nullable Throwable failure) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      if (failure != null) {
        failure.addSuppressed(e);
      }
    }
  }

  /**
   * Makes the new name durable. Where folders cannot be opened (Windows), the rename already is.
   */
  @SuppressWarnings(
      "EmptyCatch") // the file itself is safe; only its name may be older after a crash
  private static void forceFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // See above.
    }
  }
}
