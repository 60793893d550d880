namespace GraphPartition.EngineBuilder.Builders;

/// <summary>
/// A temporary file without a name, which a child process opens through /proc (proc_pid_fd(5)). The system removes it when the last process
/// that has it open ends for whatever reason, so nothing is ever left behind.
/// </summary>
internal sealed class UnnamedFile : IDisposable
{
    private readonly FileStream _file;

    public UnnamedFile()
    {
        string name = System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName());
        _file = new FileStream(name, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, 0);
        File.Delete(name);
        Path = string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{_file.SafeFileHandle.DangerousGetHandle()}");
    }

    /// <summary>Where another process of this user opens it.</summary>
    public string Path { get; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        _file.Position = 0;
        _file.Write(bytes);
    }

    /// <summary>The first bytes, as whoever opened it wrote them.</summary>
    public byte[] Read(long length)
    {
        byte[] bytes = new byte[length];
        _file.Position = 0;
        _file.ReadExactly(bytes);
        return bytes;
    }

    public void Dispose() => _file.Dispose();
}
