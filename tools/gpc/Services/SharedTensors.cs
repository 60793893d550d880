using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using GraphPartition.Foundation;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// The tensors of requests in a region of POSIX shared memory: the inputs, and behind them room for the outputs. All requests read the same
/// inputs and write their outputs to the same place. The region goes with this object.
/// </summary>
internal sealed class SharedTensors : IDisposable
{
    private const string Folder = "/dev/shm"; // where shm_open(3) puts them on Linux
    private const int Alignment = 64;

    private readonly HttpClient _http;
    private readonly string _region = $"gpc-bench-{Guid.NewGuid():N}";

    /// <summary>Writes the inputs and registers the region.</summary>
    /// <param name="http">The client of the server.</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="answer">The JSON of an answer to these inputs, which tells how large the outputs are.</param>
    /// <exception cref="EnvironmentException">GP3027: the server refuses it.</exception>
    public SharedTensors(HttpClient http, IReadOnlyList<ServedTensor> inputs, JsonElement answer)
    {
        _http = http;
        long end = Alignment; // a region is never empty
        using (FileStream file = File.Create(Path.Combine(Folder, _region)))
        {
            JsonObject[] sent = [.. inputs.Select(input =>
            {
                JsonObject parameters = Place(input.Bytes.Length);
                file.Position = parameters["shared_memory_offset"]!.GetValue<long>();
                file.Write(input.Bytes);
                return input.Json(parameters);
            })];
            JsonNode[] outputs = [.. answer.GetProperty("outputs").EnumerateArray().Select(output => new JsonObject
            {
                ["name"] = output.GetProperty("name").GetString(),
                ["parameters"] = Place(output.GetProperty("parameters").GetProperty("binary_data_size").GetInt64()),
            })];
            Request = ServedTensors.Json(sent, "outputs", new JsonArray(outputs));
            file.SetLength(end);
        }
        using HttpResponseMessage registered = Post("register", new { key = $"/{_region}", offset = 0, byte_size = end });
        if (registered.IsSuccessStatusCode) return;
        string failure = registered.Content.ReadAsStringAsync().GetAwaiter().GetResult();
        Dispose();
        throw new EnvironmentException(GpcCodes.ServerFailed, "--shared-memory", $"{(int)registered.StatusCode}: {failure}");

        JsonObject Place(long size)
        {
            long offset = end;
            end = (end + size + Alignment - 1) / Alignment * Alignment;
            return new() { ["shared_memory_region"] = _region, ["shared_memory_offset"] = offset, ["shared_memory_byte_size"] = size };
        }
    }

    /// <summary>The body of a request, all of it JSON.</summary>
    public byte[] Request { get; }

    public void Dispose()
    {
        try
        {
            Post("unregister", new { }).Dispose();
        }
        catch (HttpRequestException)
        {
            // The server is gone, and its regions with it.
        }
        File.Delete(Path.Combine(Folder, _region));
    }

    private HttpResponseMessage Post(string verb, object content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"v2/systemsharedmemory/region/{_region}/{verb}") { Content = JsonContent.Create(content) };
        return _http.Send(request);
    }
}
