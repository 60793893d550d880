using System.Buffers;

namespace GraphPartition.Serving.Requests;

/// <summary>The body of a request in memory that grows with what has arrived, not with what the client announced.</summary>
internal sealed class Body : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(1 << 14);

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, Length);

    private int Length { get; set; }

    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="ModelException">GP5044: it is longer than the limit.</exception>
    public static async Task<Body> ReadAsync(Stream stream, long limit, CancellationToken cancellation)
    {
        var body = new Body();
        try
        {
            while (true)
            {
                if (body.Length == body._buffer.Length) body.Grow();
                int read = await stream.ReadAsync(body._buffer.AsMemory(body.Length), cancellation).ConfigureAwait(false);
                if (read == 0) return body;
                body.Length += read;
                if (body.Length > limit) throw ServingCodes.TooLarge.Error("body", $"it has more than {limit} bytes");
            }
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        Length = 0;
    }

    private void Grow()
    {
        if (Length >= Array.MaxLength / 2) throw ServingCodes.TooLarge.Error("body", $"it has more than {Length} bytes");
        byte[] larger = ArrayPool<byte>.Shared.Rent(Length * 2);
        Bytes.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
