"""Artifacts, as far as `wandb.Table` in a history needs them: taken in and inspected, not read back."""

from collections.abc import Callable
from typing import Any

from .graphql import Fields, NotUnderstood
from .model import Artifact, State
from .views import Views, connection


class Artifacts:
    """The mutations of artifacts, in the order in which the client calls them."""

    def __init__(self, state: State, views: Views) -> None:
        self.state = state
        self.views = views

    def mutations(self) -> list[Callable[..., Fields]]:
        """Return the functions that are mutations."""
        return [
            self.createArtifact,
            self.createArtifactManifest,
            self.updateArtifactManifest,
            self.createArtifactFiles,
            self.commitArtifact,
        ]

    def createArtifact(
        self,
        entityName: str,
        projectName: str,
        artifactTypeName: str,
        artifactCollectionName: str,
        digest: str,
        clientID: str,
        runName: str | None = None,
        **description: Any,
    ) -> Fields:
        """Begin a version of an artifact."""
        unknown = set(description) - _DESCRIPTION
        if unknown:
            raise NotUnderstood(f"createArtifact with {sorted(unknown)}")
        version = sum(a.collection == artifactCollectionName for a in self.state.artifacts.values())
        artifact = Artifact(clientID, artifactCollectionName, artifactTypeName, version, digest, description)
        self.state.artifacts[clientID] = artifact
        return {
            "__typename": "CreateArtifactPayload",
            "artifact": {
                "id": artifact.id,
                "state": artifact.state,
                "artifactSequence": {"latestArtifact": None},
            },
        }

    def createArtifactManifest(
        self,
        artifactID: str,
        name: str,
        digest: str,
        entityName: str,
        projectName: str,
        runName: str,
        type: str,
        baseArtifactID: str | None = None,
    ) -> Fields:
        """Say where the manifest goes: among the artifact's files, under its own name."""
        return self._manifest(self._artifact(artifactID), name)

    def updateArtifactManifest(
        self, artifactManifestID: str, digest: str | None = None, baseArtifactID: str | None = None
    ) -> Fields:
        """Say again where the manifest goes."""
        artifact_id, _, name = artifactManifestID.partition("/")
        return self._manifest(self._artifact(artifact_id), name)

    def _manifest(self, artifact: Artifact, name: str) -> Fields:
        manifest_id = f"{artifact.id}/{name}"
        file = {"id": manifest_id, "uploadUrl": self._url(artifact, name), "uploadHeaders": []}
        return {"artifactManifest": {"id": manifest_id, "file": file}}

    def createArtifactFiles(self, artifactFiles: list[dict[str, Any]], storageLayout: str | None = None) -> Fields:
        """Say where the entries go."""
        return {"files": connection(artifactFiles, self._file)}

    def _file(self, entry: dict[str, Any]) -> Fields:
        artifact = self._artifact(entry["artifactID"])
        return {
            "storagePath": f"{artifact.name}/{entry['name']}",
            "uploadUrl": self._url(artifact, entry["name"]),
            "uploadHeaders": [],
            "uploadMultipartUrls": None,
            "artifact": {"id": artifact.id},
        }

    def commitArtifact(self, artifactID: str) -> Fields:
        """End a version of an artifact."""
        artifact = self._artifact(artifactID)
        artifact.state = "COMMITTED"
        return {"artifact": {"id": artifact.id, "digest": artifact.digest}}

    def _url(self, artifact: Artifact, name: str) -> str:
        return self.views.storage_url("artifacts", artifact.name, name)

    def _artifact(self, storage_id: str) -> Artifact:
        for artifact in self.state.artifacts.values():
            if artifact.id == storage_id:
                return artifact
        raise NotUnderstood(f"no artifact has id {storage_id!r}")


_DESCRIPTION = {
    "aliases",
    "clientMutationId",
    "description",
    "digestAlgorithm",
    "distributedID",
    "enableDigestDeduplication",
    "historyStep",
    "labels",
    "metadata",
    "sequenceClientID",
    "storageRegion",
    "tags",
    "ttlDurationSeconds",
}
