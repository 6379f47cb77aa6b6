package org.adjoint.layers.data;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Files that are there but cannot be read. */
class ReadingFailuresTest {
  @Test
  void aDiskThatFailsIsNamed() {
    InputStream failing =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("bad sector");
          }

          @Override
          public int read(byte[] to, int at, int count) throws IOException {
            throw new IOException("bad sector");
          }
        };
    DataException e = assertThrows(DataException.class, () -> Idx.read(failing, "some-file", 1));
    assertTrue(e.getMessage().contains("some-file") && e.getMessage().contains("bad sector"));
    assertTrue(e.remedy().contains("check the disk"), e.getMessage());
  }

  /** A socket exists and cannot be opened as a file, whoever asks. */
  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void aFileThatCannotBeOpenedIsNamed(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("train-images-idx3-ubyte");
    try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.bind(UnixDomainSocketAddress.of(file));
      assertTrue(Files.exists(file));
      DataException e = assertThrows(DataException.class, () -> Mnist.fromFolder(folder));
      assertTrue(e.remedy().contains("check permissions"), e.getMessage());
    }
  }
}
