using GraphPartition.Foundation;

namespace GraphPartition.Cuda;

/// <summary>Loads native libraries into the loader's local scope: TensorRT and TensorRT-RTX export the same names.</summary>
internal static class Loader
{
    /// <summary>Loads a library. If that fails, <paramref name="reason"/> is the loader's message.</summary>
    public static bool TryLoad(string path, out nint handle, out string reason)
    {
        if (LibraryFile.IsCut(path))
        {
            (handle, reason) = (0, "the file is cut off");
            return false;
        }
        try
        {
            handle = NativeLibrary.Load(path);
            reason = "";
            return true;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            // The first line of .NET's message is general advice; dlerror() is in the lines after it.
            string[] lines = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            handle = 0;
            reason = lines.Length > 1 ? string.Join("; ", lines.Skip(1).Distinct()) : e.Message;
            return false;
        }
    }
}
