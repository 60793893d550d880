using System.Text.Json;
using GraphPartition.CompiledModels;

namespace GraphPartition.Serving.Deploy;

/// <summary>Writes what <c>docker build</c> needs for an image of <c>gpc serve</c> with models in it.</summary>
public static class DockerContext
{
    /// <summary>Writes a folder: a Dockerfile, the models as NAME/VERSION/model.onnx, and a note where the program goes.</summary>
    /// <param name="models">Each model with its name.</param>
    /// <param name="folder">The folder; it must not exist.</param>
    /// <param name="baseImage">An image of Linux with glibc. The program is self-contained, so it needs no .NET.</param>
    /// <param name="serveOptions">Options of <c>gpc serve</c> besides those for addresses.</param>
    /// <exception cref="ModelException">GP5046: the folder is there already.</exception>
    /// <exception cref="EnvironmentException">GP5005: a file cannot be written.</exception>
    public static void Write(
        IEnumerable<(string Name, CompiledModel Model)> models, string folder, string baseImage, IEnumerable<string> serveOptions)
    {
        using var context = new DeployFolder(folder);
        foreach ((string name, CompiledModel model) in models)
            CompiledModelFormat.Write(model, context.PathOf("models", name, "1", "model.onnx"));
        string[] command = ["/opt/gpc/gpc", "serve", "/models", "--http=*:8000", "--grpc=*:8001", "--metrics=*:8002",
            "--allow-anonymous", "--allow-plaintext", "--log-format=json", .. serveOptions];
        // An argument has no shell around it, so signals reach the program: it drains at SIGTERM.
        context.Write($"""
            # gpc/ beside this file is the program, self-contained:
            #   dotnet publish -c Release -r linux-x64 --self-contained tools/gpc -o gpc
            # The image serves without keys and TLS: put it behind something that has them, or mount files and
            # set --api-keys, --tls-certificate and --tls-key.
            FROM {baseImage}
            RUN apt-get update && apt-get install -y --no-install-recommends libstdc++6 libgomp1 ca-certificates \
                && rm -rf /var/lib/apt/lists/*
            COPY gpc/ /opt/gpc/
            COPY models/ /models/
            USER 65532:65532
            ENV DOTNET_gcServer=1 DOTNET_EnableDiagnostics=0
            EXPOSE 8000 8001 8002
            STOPSIGNAL SIGTERM
            ENTRYPOINT {JsonSerializer.Serialize(command, Json)}

            """, "Dockerfile");
        context.Write("bin/\nobj/\n", ".dockerignore");
        context.Commit();
    }

    private static readonly JsonSerializerOptions Json =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
