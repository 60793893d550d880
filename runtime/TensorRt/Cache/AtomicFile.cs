namespace GraphPartition.TensorRt.Cache;

/// <summary>Files that are there whole or not at all.</summary>
internal static class AtomicFile
{
    /// <summary>The ending of files that are being written; one that is old was left by a process that was killed.</summary>
    public const string Unfinished = ".tmp";

    /// <summary>
    /// Writes beside the file, to the disk, and then takes the file's name: readers see the old contents or the new.
    /// </summary>
    public static void Write(string path, Action<Stream> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string unfinished = $"{path}.{Guid.NewGuid():n}{Unfinished}";
        try
        {
            using (FileStream stream = new(unfinished, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }
}
